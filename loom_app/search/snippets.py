"""The piece of a text that shows why it was found. Pure."""

import re
import unicodedata
from collections.abc import Iterable

from loom_app.search.fulltext import UNSPACED, open_ended
from loom_app.search.language import Words

LENGTH = 220
"""Characters of a snippet."""
BEFORE = 60
"""Of them before the first hit, at the most."""
Part = dict[str, str | bool]
_APART = UNSPACED.pattern[2:-2]
_EDGE = f"(?<![^\\W_{_APART}])"
_END = f"(?![^\\W_{_APART}])"
_TOKEN = re.compile(f"[{_APART}]|[^\\W_{_APART}]+")


def pattern(wanted: Iterable[Words]) -> re.Pattern[str] | None:
    """What finds the words in folded text as the index does; None when there are none."""
    found = [one for words in wanted if (one := _one(words))]
    return re.compile("|".join(sorted(found, key=len, reverse=True))) if found else None


def _one(words: Words) -> str:
    tokens = _TOKEN.findall(fold(words.text)[0])
    if not tokens:
        return ""
    last = f"[^\\W_{_APART}]*" if open_ended(words) and not UNSPACED.match(tokens[-1]) else ""
    return "[\\W_]*".join(f"{_EDGE}{re.escape(token)}{_END if place < len(tokens) - 1 or not last else last}"
                         if not UNSPACED.match(token) else re.escape(token)
                         for place, token in enumerate(tokens))  # fmt: skip


def fold(text: str) -> tuple[str, list[int] | None]:
    """`text` in small letters without accents, and where each of its characters was; None when nothing has moved."""
    if text.isascii():
        return text.lower(), None
    folded, places = [], []
    for place, sign in enumerate(text):
        base = unicodedata.normalize("NFD", sign)
        plain = base[0] if base[0].isascii() else sign
        if not "\u0300" <= sign <= "\u036f":
            for small in plain.lower():
                folded.append(small)
                places.append(place)
    return "".join(folded), [*places, len(text)]


def snippet(text: str, wanted: re.Pattern[str] | None) -> list[Part] | None:
    """The piece of `text` around the first hit, in parts that are one or are not; None when there is no hit."""
    folded, places = fold(text)
    found = [each.span() for each in wanted.finditer(folded)] if wanted else []
    spans = [(places[start], places[end]) if places else (start, end) for start, end in found[:200]]
    if not spans:
        return None
    start = _start(text, spans[0][0])
    return _parts(text, start, min(len(text), start + LENGTH), spans)


def beginning(text: str) -> list[Part]:
    """The first piece of `text`, where there is no hit to show."""
    return [part for part in _parts(text, 0, min(len(text), LENGTH), []) if part["text"]]


def _start(text: str, hit: int) -> int:
    """Where a snippet begins: at a word, not far before the hit."""
    start = max(0, hit - BEFORE)
    if start == 0 or len(text) <= LENGTH:
        return 0
    space = text.find(" ", start, hit)
    return space + 1 if space >= 0 else start


def _parts(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> list[Part]:
    parts: list[Part] = [{"text": "…", "hit": False}] if start else []
    at = start
    for first, last in spans:
        if first < at or first >= end:
            continue
        parts += [{"text": text[at:first], "hit": False}] if first > at else []
        parts.append({"text": text[first : min(last, end)], "hit": True})
        at = min(last, end)
    rest = text[at:end] + ("…" if end < len(text) else "")
    return [*parts, {"text": rest, "hit": False}] if rest else parts
