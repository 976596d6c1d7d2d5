"""Cuts long text for records and prompts, and wraps what nobody vouches for so that it stays what it is."""

import re

_RUN = re.compile(r"`+")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_ERROR = re.compile(
    r"(?i)\b(?:errors?|fatal|fail(?:ed|ure)?|undefined|exception|panic|cannot|not found)\b|[a-z]Error\b"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def clip(text: str, most: int) -> str:
    """At most about `most` characters: the beginning and, since faults come last, twice as much of the end."""
    if len(text) <= most:
        return text
    head, tail = text[: most // 3], text[len(text) - (most - most // 3) :]
    return f"{head}\n[... {len(text) - most} characters left out ...]\n{tail}"


def errors_first(text: str, most: int) -> str:
    """Like `clip`; where not all fits, the lines that look like errors come first, in up to half of the room."""
    lines = dict.fromkeys(text.splitlines()) if len(text) > most else {}
    found = [line for line in lines if _ERROR.search(line)]
    if not found:
        return clip(text, most)
    shown = ""
    for line in found:
        if len(shown) + len(line) > most // 2:
            break
        shown += f"{line}\n"
    return f"{shown}[... the output itself: ...]\n{clip(text, most - len(shown))}"


def printable(text: str) -> str:
    """Terminal output without colours, cursor movements and characters no database or prompt can hold."""
    plain = _ESCAPE.sub("", text) if "\x1b" in text else text
    return _CONTROL.sub("\ufffd", plain.replace("\r\n", "\n"))


def fenced(text: str, language: str = "") -> str:
    """A code block that nothing in `text` can close: its fence is longer than any in it."""
    longest = max((len(run.group()) for run in _RUN.finditer(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def inline(text: str) -> str:
    """A short piece of code within a sentence, on one line."""
    one_line = " ".join(text.split())[:500]
    longest = max((len(run.group()) for run in _RUN.finditer(one_line)), default=0)
    ticks = "`" * (longest + 1)
    return f"{ticks} {one_line} {ticks}" if longest else f"`{one_line}`"
