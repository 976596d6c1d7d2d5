"""Finds the JSON in a model's reply: past reasoning, prose and code fences."""

import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from loom_app.actions.loose import Broken, Read, read_loosely

_LANDMARK = re.compile(
    r"<(?P<think>think|thinking|reasoning|thought)>|(?P<thought></(?:think|thinking|reasoning|thought)>)"
    r"""|(?P<value>\[(?=\s*+\{)|\{(?=\s*+(?:["'“”}]|[A-Za-z_]\w*+\s*+:|//|\#)))""",
    re.IGNORECASE,
)
_THOUGHT = re.compile(r"</(?:think|thinking|reasoning|thought)>", re.IGNORECASE)
_MEANT = re.compile(r"""(?:actions?|type)["'“”]?\s*+:""")
_ENVELOPE = re.compile(r'\{\s*+"actions"\s*+:')
_FENCE = re.compile(r"`{3,}[\w-]*")
_STRICT = json.JSONDecoder(strict=False)
_MAX_CUT = 2
"""After so many pieces that never end the rest is not searched: each costs a pass over it."""
_MAX_VALUES = 1000


@dataclass(frozen=True)
class Value:
    """A JSON value and where it stands. `after_cut`: an earlier piece of JSON never ended."""

    value: Any
    start: int
    end: int
    after_cut: bool = False


@dataclass
class Findings:
    """What a reply holds, in order, and the first piece that was meant as actions but cannot be read."""

    values: list[Value] = field(default_factory=list)
    broken: Broken | None = None
    thinking: bool = False
    """Whether the reply ends inside its reasoning."""
    thought: bool = False
    """Whether there was reasoning."""
    cuts: int = 0


def find_json(text: str) -> Findings:
    """Every object and list of objects at the top level of `text`, outside the model's reasoning."""
    found, position = Findings(), 0
    while found.cuts < _MAX_CUT and len(found.values) < _MAX_VALUES and (mark := _LANDMARK.search(text, position)):
        if mark.lastgroup == "think":
            position = _past_thought(text, mark.end(), found)
        elif mark.lastgroup == "thought":
            found = Findings(thought=True)
            position = mark.end()
        else:
            position = _take(text, mark.start(), found)
    if found.cuts == _MAX_CUT:
        _take_envelopes(text, position, found)
    return found


def stands_alone(text: str, value: Value) -> bool:
    """Whether nothing but code fences stands around the value."""
    return not _FENCE.sub("", text[: value.start] + text[value.end :]).strip()


def ends_with(text: str, value: Value) -> bool:
    """Whether nothing but code fences follows the value."""
    return not _FENCE.sub("", text[value.end :]).strip()


def _take_envelopes(text: str, position: int, found: Findings) -> None:
    """Past snippets that never end, such as code with a lone quote, a few strict envelopes are still tried."""
    for mark in islice(_ENVELOPE.finditer(text, position), 5):
        try:
            value, end = _STRICT.raw_decode(text, mark.start())
        except (ValueError, RecursionError):
            continue
        found.values.append(Value(value, mark.start(), end, after_cut=True))


def _past_thought(text: str, position: int, found: Findings) -> int:
    found.thought = True
    if found.thinking:
        return position
    close = _THOUGHT.search(text, position)
    found.thinking = close is None
    return close.end() if close else position


def _take(text: str, start: int, found: Findings) -> int:
    read = _read(text, start)
    if read.broken is None:
        found.values.append(Value(read.value, start, read.end, after_cut=found.cuts > 0))
        return read.end
    if found.broken is None and _MEANT.search(text, start, read.end):
        found.broken = read.broken
    if read.end < len(text):
        return read.end
    found.cuts += 1
    return start + 1


def _read(text: str, start: int) -> Read:
    try:
        value, end = _STRICT.raw_decode(text, start)
    except (ValueError, RecursionError):
        return read_loosely(text, start)
    return Read(end, value)
