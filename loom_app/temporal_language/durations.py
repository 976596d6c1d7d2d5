"""Lengths of time as the language writes them: `1h30m`, `500ms`, bare seconds, `now`; kept as whole nanoseconds."""

import re
from fractions import Fraction

SECOND = 1_000_000_000
LONGEST = 10 * 366 * 86_400 * SECOND
UNITS = {
    "h": 3_600 * SECOND, "m": 60 * SECOND, "s": SECOND, "ms": 1_000_000,
    "us": 1_000, "µs": 1_000, "μs": 1_000, "ns": 1,
}  # fmt: skip
"""Nanoseconds of each unit; the micro sign and the Greek letter both stand for micro."""
AT_ONCE = frozenset({"immediate", "now"})
DEFAULT = "default"
_NUMBER = r"(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})"
_UNIT = "ms|us|µs|μs|ns|h|m|s"
_PART = re.compile(rf"({_NUMBER})({_UNIT})")
_WHOLE = re.compile(rf"(?:{_NUMBER}(?:{_UNIT}))+")
_BARE = re.compile(_NUMBER)
HOW = "Write a length of time such as 30s, 5m, 1h30m or 500ms, a number of seconds, now or default."


def read(text: str) -> int | None:
    """The nanoseconds that `text` says, None for `default`. Raises ValueError with a sentence."""
    word = text.strip().lower()
    if word == DEFAULT:
        return None
    if word in AT_ONCE:
        return 0
    if word.startswith("-"):
        raise ValueError(f"{text[:60]!r} lies in the past. {HOW}")
    plain = word.removeprefix("+")
    if re.fullmatch(rf"{_NUMBER}[dw]", plain):
        raise ValueError(f"{text[:60]!r}: days and weeks are written in hours, such as 24h or 168h.")
    nanoseconds = _exact(plain)
    if nanoseconds is None:
        raise ValueError(f"{text[:60]!r} is no length of time. {HOW}")
    if nanoseconds > LONGEST:
        raise ValueError(f"{text[:60]!r} is longer than ten years, the longest there is.")
    return int(nanoseconds)


def _exact(word: str) -> Fraction | None:
    if _BARE.fullmatch(word):
        return Fraction(_number(word)) * SECOND
    if len(word) <= 200 and _WHOLE.fullmatch(word):
        return sum((Fraction(_number(number)) * UNITS[unit] for number, unit in _PART.findall(word)), Fraction(0))
    return None


def _number(text: str) -> str:
    return f"0{text}0" if "." in text else text


def written(nanoseconds: int) -> str:
    """The shortest way to write a length of time that is read as the same."""
    if nanoseconds == 0:
        return "0s"
    parts, rest = [], nanoseconds
    for unit in ("h", "m", "s", "ms", "us", "ns"):
        count, rest = divmod(rest, UNITS[unit])
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts)


def seconds(nanoseconds: int) -> float:
    """The same in seconds."""
    return nanoseconds / SECOND
