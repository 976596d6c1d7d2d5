"""Which lessons matter for a piece of work: by the words they share with it (BM25), their weight and their age."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log, log2

HALF_LIFE_DAYS = 7.0
SATURATION, LENGTH_WEIGHT = 1.2, 0.75
UNASKED = 0.1
"""What a lesson that shares no word with the work counts, so that new and heavy ones are told all the same."""
PINNED = 1_000.0
TITLE_TIMES = 3
MOST_WORDS = 400
_WORD = re.compile(r"[^\W\d_]{2,}|\d{2,}")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_COMMON = frozenset(
    {"the", "and", "for", "with", "that", "this", "from", "not", "was", "are", "has", "have", "but", "its", "into",
     "you", "your", "when", "then", "than", "file", "files", "line", "lines", "test", "tests", "failed",
     "error", "run", "turn", "py", "js", "ts", "md", "txt"}
)  # fmt: skip
"""Words that say nothing about what a lesson is about."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What ranking needs to know of a lesson."""

    title: str
    detail: str
    files: Sequence[str]
    relevance: float
    hits: int
    pinned: bool
    seen_at: datetime


def words(text: str) -> list[str]:
    """The words of a text: paths and names taken apart, without those that say nothing."""
    found = _WORD.findall(_HUMP.sub(" ", text).casefold())
    return [word for word in found if word not in _COMMON]


def freshness(lesson: Weighed, moment: datetime) -> float:
    """From 1 for what was learned just now, half after seven days; what is pinned stays 1."""
    if lesson.pinned:
        return 1.0
    days = max(0.0, (moment - lesson.seen_at).total_seconds() / 86_400)
    return float(0.5 ** (days / HALF_LIFE_DAYS))


def weight(lesson: Weighed, moment: datetime) -> float:
    """What a lesson counts whatever the work is: more when it was learned more often, less with age."""
    return lesson.relevance * (1 + log2(max(1, lesson.hits)) / 2) * freshness(lesson, moment)


def scores(lessons: Sequence[Weighed], query: str, moment: datetime) -> list[float]:
    """How much each lesson matters for `query`; higher is more."""
    texts = [_weighted_words(lesson) for lesson in lessons]
    matches = _bm25(texts, set(words(query)[:MOST_WORDS]))
    return [
        (match + UNASKED) * weight(lesson, moment) + PINNED * lesson.pinned
        for lesson, match in zip(lessons, matches, strict=True)
    ]


def matching(lessons: Sequence[Weighed], query: str) -> list[float]:
    """How well each lesson fits a search; 0 for one that shares no word with it."""
    return _bm25([_weighted_words(lesson) for lesson in lessons], set(words(query)))


def _weighted_words(lesson: Weighed) -> Counter[str]:
    told = words(lesson.title) * TITLE_TIMES + [word for path in lesson.files for word in words(path)] * TITLE_TIMES
    return Counter([*told, *words(lesson.detail)][: MOST_WORDS * 2])


def _bm25(texts: Sequence[Counter[str]], query: Iterable[str]) -> list[float]:
    if not texts:
        return []
    average = sum(text.total() for text in texts) / len(texts) or 1
    found = [0.0] * len(texts)
    for word in sorted(query):
        having = sum(word in text for text in texts)
        if not having:
            continue
        rarity = log(1 + (len(texts) - having + 0.5) / (having + 0.5))
        for place, text in enumerate(texts):
            often = text[word]
            norm = SATURATION * (1 - LENGTH_WEIGHT + LENGTH_WEIGHT * text.total() / average)
            found[place] += rarity * often * (SATURATION + 1) / (often + norm) if often else 0.0
    return found
