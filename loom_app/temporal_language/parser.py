"""Reads blocks: every instruction that is sound, and for every other what is wrong, where, and how to mend it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from loom_app.temporal_language import blocks, values
from loom_app.temporal_language.blocks import Place, Span
from loom_app.temporal_language.grammar import (
    END,
    FORMS,
    LONGEST_BLOCK,
    LONGEST_NAME,
    OF_A_WORKFLOW,
    SHAPES,
    Fault,
    Form,
    Instruction,
    Kind,
)  # fmt: skip
from loom_app.temporal_language.values import Unreadable

_LINE = re.compile(r"[^\n]*\n?")
_HEAD = re.compile(r"[ \t]*(?P<word>[A-Za-z_]{1,40})[ \t]*(?P<colon>:[ \t]*)?(?P<rest>[^\r\n]*?)[ \t\r]*\n?\Z")
_NAME = re.compile(rf"\S{{1,{LONGEST_NAME}}}")
MOST_FAULTS = 50


@dataclass(frozen=True)
class Parsed:
    """What a text holds: `instructions`, `faults`, `remarks` on blocks left alone, and its `text` without blocks."""

    instructions: Sequence[Instruction] = ()
    faults: Sequence[Fault] = ()
    remarks: Sequence[Fault] = ()
    text: str = ""


def parse(text: str, passed: Sequence[Span] = ()) -> Parsed:
    """Reads every block of `text` outside the spans `passed`. Raises nothing, whatever the text."""
    if not blocks.may_hold(text):
        return Parsed(text=text)
    found = blocks.find(text, passed)
    place = Place(text)
    readers = [_Reader(text, block.inside, place).read() for block in found.found]
    faults = sorted((*found.faults, *(fault for reader in readers for fault in reader.faults)), key=_position)
    made = [instruction for reader in readers for instruction in reader.made]
    return Parsed(made, faults[:MOST_FAULTS], found.remarks[:MOST_FAULTS], blocks.without(text, found.found))


def _position(fault: Fault) -> tuple[int, int]:
    return fault.line, fault.column


@dataclass
class _Draft:
    """An instruction whose END has not come yet."""

    kind: Kind | None
    name: str
    offset: int
    keys: dict[str, Any] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    is_bad: bool = False
    is_lost: bool = False
    """Whether lines are passed over until one says where we are: they belong to what could not be read."""


class _Reader:
    """Reads one block line by line."""

    def __init__(self, text: str, inside: Span, place: Place) -> None:
        self._start, end = inside
        self._text, self._at, self._place = text[:end], self._start, place
        self._draft: _Draft | None = None
        self.made: list[Instruction] = []
        self.faults: list[Fault] = []

    def read(self) -> "_Reader":
        """Everything up to the end of the block."""
        if len(self._text) - self._at > LONGEST_BLOCK:
            self._fault(self._at, f"This block has more than {LONGEST_BLOCK:,} characters. Divide or shorten it.")
            return self
        while self._at < len(self._text):
            line = _LINE.match(self._text, self._at)
            assert line is not None
            begun, self._at = self._at, line.end()
            if line.group().strip():
                self._take(begun, line.group())
        if self._draft is not None:
            self._unended(self._draft, "the block closes")
        return self

    def _take(self, begun: int, line: str) -> None:
        first = begun + len(line) - len(line.lstrip())
        head = _HEAD.match(line)
        word = head["word"].upper() if head else ""
        if head and word == END and not head["colon"] and not head["rest"]:
            self._end(first)
        elif head and word in Kind.__members__ and (head["colon"] or not head["rest"]):
            self._begin(first, begun + head.start("rest"), Kind(word), head["rest"])
        elif self._draft is None:
            self._stray(first, word if head and head["colon"] else "")
        elif head and head["colon"] and self._draft.kind is None:
            self._draft.is_lost = False
        elif head and head["colon"] and (word in FORMS or not self._draft.is_lost):
            self._key(self._draft, first, begun + head.start("rest"), word, head["rest"])
        elif not self._draft.is_lost:
            self._wrong(self._draft, first, "This line is neither KEY: value nor END. Write one of the two.")

    def _begin(self, first: int, at: int, kind: Kind, name: str) -> None:
        if self._draft is not None:
            self._unended(self._draft, f"{kind} begins")
        self._draft = draft = _Draft(kind, name, first)
        if kind == Kind.LIST and name:
            self._wrong(draft, at, "LIST takes no name. Write LIST alone.")
        elif name and not _NAME.fullmatch(name):
            why = f"A name is one word of at most {LONGEST_NAME} characters, without blanks."
            self._wrong(draft, at, f"{name[:60]!r} is no {SHAPES[kind].named}. {why}")

    def _stray(self, first: int, word: str) -> None:
        """A line outside every instruction; what follows belongs to it until an END."""
        if word in FORMS:
            message = (
                f"{word} stands outside an instruction. Write it between the instruction's first line and its END."
            )
        else:
            near = get_close_matches(word, Kind, n=1) if word else []
            hint = f"Did you mean {near[0]}?" if near else f"Begin with one of {', '.join(Kind)}."
            message = f"No instruction begins like this. {hint}"
        self._fault(first, message)
        self._draft = _Draft(None, "", first, is_bad=True, is_lost=True)

    def _key(self, draft: _Draft, first: int, at: int, word: str, rest: str) -> None:
        draft.is_lost = False
        assert draft.kind is not None
        takes = SHAPES[draft.kind].keys
        if word not in takes:
            self._wrong(draft, first, _unknown(word, draft.kind, takes))
            draft.is_lost = True
        elif word in draft.seen:
            self._wrong(draft, first, f"{word} stands there twice. Take one of them out.")
            draft.is_lost = FORMS[word] == Form.JSON
        else:
            draft.seen.add(word)
            self._value(draft, word, at, rest)

    def _value(self, draft: _Draft, word: str, at: int, rest: str) -> None:
        try:
            if FORMS[word] == Form.JSON:
                value, end = values.read_json(self._text, at, word)
                self._at = max(self._at, end)
            else:
                value = values.read(word, rest)
        except Unreadable as error:
            self._wrong(draft, error.at if error.at is not None else at, str(error))
            draft.is_lost = FORMS[word] == Form.JSON
            return
        if value is not None or FORMS[word] == Form.JSON:
            draft.keys[word] = value

    def _end(self, first: int) -> None:
        if self._draft is None:
            self._fault(first, "END ends no instruction here. Take it out.")
            return
        self._finish(self._draft)
        self._draft = None

    def _unended(self, draft: _Draft, what: str) -> None:
        """An instruction with no END: only LIST, which says all in one word, holds without."""
        if draft.kind == Kind.LIST:
            self._finish(draft)
        elif draft.kind is not None:
            self._fault(
                draft.offset, f"{draft.kind} has no END before {what}. Write END on a line of its own after it."
            )
        self._draft = None

    def _finish(self, draft: _Draft) -> None:
        if draft.kind is None:
            return
        shape = SHAPES[draft.kind]
        if draft.kind in OF_A_WORKFLOW:
            draft.name = draft.name or str(draft.keys.get("WORKFLOW_ID", ""))
            if draft.keys.pop("WORKFLOW_ID", draft.name) != draft.name:
                self._wrong(draft, draft.offset, "WORKFLOW_ID names another workflow than the first line. Keep one.")
        if shape.named and not draft.name:
            self._wrong(
                draft, draft.offset, f"{draft.kind} needs the {shape.named}: write {draft.kind}: <{shape.named}>."
            )
        if shape.needed and shape.needed not in draft.seen:
            self._wrong(draft, draft.offset, f"{draft.kind} needs {shape.needed}. Add a line {shape.needed}: …")
        if not draft.is_bad:
            self.made.append(Instruction(draft.kind, draft.name, draft.keys, *self._place.of(draft.offset)))

    def _wrong(self, draft: _Draft, offset: int, message: str) -> None:
        draft.is_bad = True
        self._fault(offset, message)

    def _fault(self, offset: int, message: str) -> None:
        self.faults.append(self._place.fault(offset, message))


def _unknown(word: str, kind: Kind, takes: frozenset[str]) -> str:
    near = get_close_matches(word, takes, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"It takes {', '.join(sorted(takes))}."
    return f"{kind} has no key {word}. {hint}"


def render(instructions: Sequence[Instruction]) -> str:
    """A block that is read as these instructions."""
    lines = [line for each in instructions for line in (_first(each), *_keys(each.keys), END)]
    return "\n".join(("<temporal>", *lines, "</temporal>"))


def _first(instruction: Instruction) -> str:
    return f"{instruction.kind}: {instruction.name}" if instruction.name else str(instruction.kind)


def _keys(keys: Mapping[str, Any]) -> list[str]:
    return [f"  {key}: {values.written(key, value)}" for key, value in keys.items()]
