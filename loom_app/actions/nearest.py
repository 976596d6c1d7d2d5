"""Which lines of a file a misquoted piece most likely meant."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\w{3,}")
_MAX_CANDIDATES = 60


@dataclass(frozen=True)
class Near:
    """Lines of a file and the number of the first, from 1."""

    line: int
    text: str


def nearest_lines(text: str, wanted: str, around: int = 3) -> Near | None:
    """The lines around the one most like a telling line of `wanted`; None when nothing is alike.

    Only lines that share a rare word are compared, so that a long file costs a few text searches.
    """
    lines = text.split("\n")
    best, at = 0.0, -1
    for quoted in _telling(wanted):
        for candidate in _sharing(text, quoted):
            score = SequenceMatcher(None, quoted[:300], lines[candidate].strip()[:300], autojunk=False).ratio()
            if score > best:
                best, at = score, candidate
    if best < 0.5:
        return None
    start = max(0, at - around)
    shown = "\n".join(line.rstrip()[:300] for line in lines[start : at + around + 5])
    return Near(start + 1, shown)


def _telling(wanted: str) -> list[str]:
    """The three longest lines: short ones stand everywhere."""
    return sorted({line.strip() for line in wanted.split("\n") if line.strip()}, key=len, reverse=True)[:3]


def _sharing(text: str, quoted: str) -> list[int]:
    """Numbers, from 0, of lines that hold one of the rarest words of `quoted`."""
    words = sorted(set(_WORD.findall(quoted)), key=len, reverse=True)[:6]
    counted = sorted((count, word) for word in words if (count := text.count(word)))
    found: list[int] = []
    for _, word in counted[:2]:
        position, line, passed = text.find(word), 0, 0
        while position >= 0 and len(found) < _MAX_CANDIDATES:
            line += text.count("\n", passed, position)
            passed = position
            found.append(line)
            position = text.find(word, position + len(word))
    return found
