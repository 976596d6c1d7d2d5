"""Where blocks stand in a text, and the text without them."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from loom_app.temporal_language.grammar import Fault

Span = tuple[int, int]
_TAG = re.compile(r"(?<!`)<(?P<close>/?)temporal>", re.IGNORECASE)
_MARK = re.compile(rf"{_TAG.pattern}|^[ \t]*(?P<fence>`{{3,}}(?=[^`\n]*$)|~{{3,}})", re.IGNORECASE | re.MULTILINE)
_LINE_END = re.compile(r"[ \t\r]*(?:\n|\Z)")
_BLANK_LINES = re.compile(r"(?:[ \t\r]*\n)*(?:[ \t\r]*\Z)?")
_ENDING = re.compile(r"\n(?:[ \t\r]*\n)+\Z|\A(?:[ \t\r]*\n)+\Z")
MOST = 100
"""How many blocks of one text are read."""
FENCED = (
    "This block stands in a code fence and is taken as an example: nothing of it is done. Write it outside to use it."
)


class Place:
    """Turns offsets in a text into lines and columns, which count from 1."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _ends(self) -> list[int]:
        return [mark.start() for mark in re.finditer("\n", self._text)]

    def of(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`."""
        row = bisect_right(self._ends, offset - 1) if offset else 0
        return row + 1, offset - (self._ends[row - 1] + 1 if row else 0) + 1

    def fault(self, offset: int, message: str) -> Fault:
        """What is wrong at `offset`."""
        return Fault(*self.of(offset), message)


@dataclass(frozen=True)
class Block:
    """A block from the start of its opening tag to the `end` of its closing one; its `inside` lies between the two."""

    start: int
    inside: Span
    end: int


@dataclass(frozen=True)
class Blocks:
    """The blocks of a text in order, what is wrong with others, and remarks on those that are left alone."""

    found: Sequence[Block]
    faults: Sequence[Fault] = ()
    remarks: Sequence[Fault] = ()


def may_hold(text: str) -> bool:
    """Whether there can be a block in `text`; costs next to nothing."""
    return "<temporal>" in text.lower()


def find(text: str, passed: Sequence[Span] = ()) -> Blocks:
    """The blocks of `text` that are meant: not those in code fences or code spans, nor in the spans `passed`."""
    found: list[Block] = []
    faults: list[Fault] = []
    remarks: list[Fault] = []
    place, at = Place(text), 0
    while len(found) + len(faults) < MOST and (mark := _MARK.search(text, at)):
        beyond = _past(mark.start(), passed)
        if beyond is not None:
            at = beyond
        elif mark["fence"]:
            at = _past_fence(text, mark)
            remarks += [place.fault(tag.start(), FENCED) for tag in _tags(text, mark.end(), at) if not tag["close"]]
        elif mark["close"]:
            faults.append(place.fault(mark.start(), "There is no block to close here. Take </temporal> out."))
            at = mark.end()
        else:
            close = next(
                (tag for tag in _tags(text, mark.end(), len(text)) if _past(tag.start(), passed) is None), None
            )
            if close and close["close"]:
                found.append(Block(mark.start(), (mark.end(), close.start()), close.end()))
                at = close.end()
            else:
                faults.append(
                    place.fault(mark.start(), "This block is never closed. Write </temporal> after its last END.")
                )
                at = mark.end()
    return Blocks(found, faults, remarks)


def without(text: str, blocks: Sequence[Block]) -> str:
    """`text` without `blocks`: of blank lines around one only one side's are left, the rest stays as it is."""
    kept, at = "", 0
    for block in blocks:
        kept += text[at : block.start]
        kept, at = _joint(kept, text, block.end)
    return kept + text[at:]


def _joint(kept: str, text: str, at: int) -> tuple[str, int]:
    """What is kept before a block that ends `at`, and where the text goes on."""
    begun = kept.rpartition("\n")[2]
    rest_of_line = _LINE_END.match(text, at)
    if begun.strip() or rest_of_line is None:
        return kept, at
    kept, at = kept[: len(kept) - len(begun)], rest_of_line.end()
    blanks = _BLANK_LINES.match(text, at)
    beyond = blanks.end() if blanks else at
    if beyond == len(text):
        return _ENDING.sub("\n", kept) if kept.strip() else "", beyond
    return kept, beyond if not kept or _ENDING.search(kept) else at


def _tags(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return _TAG.finditer(text, start, end)


def _past(offset: int, spans: Sequence[Span]) -> int | None:
    return next((end for start, end in spans if start <= offset < end), None)


def _past_fence(text: str, mark: re.Match[str]) -> int:
    """Where a code fence ends, which without an end is the end of the text."""
    fence = mark["fence"]
    close = re.compile(rf"^[ \t]*{fence[0]}{{{len(fence)},}}[ \t\r]*$", re.MULTILINE)
    line = text.find("\n", mark.end())
    end = close.search(text, line + 1) if line >= 0 else None
    return end.end() if end else len(text)
