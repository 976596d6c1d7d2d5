"""Finds what a model's reply asks for: past reasoning, prose and code fences, as JSON or as calls in markup."""

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from loom_app.actions import markup, textform
from loom_app.actions.loose import Broken, read_json, read_strictly
from loom_app.actions.markup import kind_of

_THINK = r"(?:think|thinking|reasoning|thought|seed:think)"
_ANYWHERE = (
    rf"<(?:{_THINK}>|\|channel\|>analysis<\|message\|>)(?P<think>)"
    r"|\[THINK\](?P<think_square>)"
    r"|◁think▷(?P<think_moon>)"
    rf"|</{_THINK}>(?P<thought>)"
    r"|\[/THINK\](?P<thought_square>)"
    r"|◁/think▷(?P<thought_moon>)"
    r"|\[(?=\s*+\{)(?P<value>)"
    r"""|\{(?=\s*+(?:["'“”}]|[A-Za-z_]\w*+\s*+:|//|\#))(?P<value_object>)"""
    rf"|{markup.LANDMARK}"
)
_LANDMARK = re.compile(_ANYWHERE, re.IGNORECASE)
_RARE = re.compile(rf"{textform.LANDMARK}|{markup.ADDRESSED}")
_WITH_RARE = re.compile(rf"(?i:{_ANYWHERE})|{textform.LANDMARK}|{markup.ADDRESSED}")
_THOUGHT = re.compile(
    rf"</(?:{_THINK})>|\[/THINK\]|◁/think▷|<\|(?:end|start)\|>(?:assistant)?|(?=<\|channel\|>)", re.IGNORECASE
)
_MEANT = re.compile(r"""(?:actions?|type|arguments|parameters)["'“”]?\s*+:""")
_CALL = re.compile(r"""["'](?:arguments|parameters)["']\s*+:""")
_ENVELOPE = re.compile(r'\{\s*+"actions"\s*+:')
_WRAPPING = re.compile(r"`{3,}[\w-]*|</?[a-z_:]{3,30}>|<[|｜][\w/▁]{1,40}[|｜]>", re.IGNORECASE)
_CLOSING = re.compile(rf"(?:{_WRAPPING.pattern})\Z", re.IGNORECASE)
_MOST_WRAPPINGS = 20
_LONGEST_WRAPPING = 50
_MAX_CUT = 2
"""After so many pieces that never end the rest is not searched: each costs a pass over it."""
_MAX_PASSES = 8
"""The same, counted over all that was thought to be reasoning as well."""
_MAX_VALUES = 1000


@dataclass(frozen=True)
class Value:
    """A JSON value, or a call in markup, and where it stands. `after_cut`: an earlier piece of JSON never ended."""

    value: Any
    start: int
    end: int
    after_cut: bool = False
    call: bool = False
    open_ended: bool = False


@dataclass
class Findings:
    """What a reply holds, in order, and the first piece that was meant as actions but cannot be read."""

    values: list[Value] = field(default_factory=list)
    broken: Broken | None = None
    half: Broken | None = None
    """The first call that cannot be read: then no other is to be carried out either."""
    thinking: bool = False
    """Whether the reply ends inside its reasoning."""
    thought: bool = False
    """Whether there was reasoning."""
    cuts: int = 0
    passes: int = 0

    @property
    def enough(self) -> bool:
        """Whether it is not worth to search on."""
        return self.cuts >= _MAX_CUT or self.passes >= _MAX_PASSES or len(self.values) >= _MAX_VALUES


def find_values(text: str) -> Findings:
    """Every object, list of objects and call at the top level of `text`, outside the model's reasoning."""
    found, position = Findings(), 0
    landmark = _WITH_RARE if _RARE.search(text) else _LANDMARK
    while not found.enough and (mark := landmark.search(text, position)):
        kind = kind_of(mark)
        if kind == "think":
            position = _past_thought(text, mark.end(), found)
        elif kind == "thought":
            found = Findings(thought=True, passes=found.passes)
            position = mark.end()
        elif kind == "value":
            position = _take(text, mark.start(), found)
        else:
            position = _take_call(text, mark, found)
    if found.cuts == _MAX_CUT:
        _take_envelopes(text, position, found)
    return found


def stands_alone(text: str, value: Value) -> bool:
    """Whether nothing but code fences and tags stands around the value."""
    return not _WRAPPING.sub("", text[: value.start] + text[value.end :]).strip()


def last_word(text: str) -> int:
    """Where the text ends but for blanks, code fences and tags."""
    end = _before_blanks(text, len(text))
    for _ in range(_MOST_WRAPPINGS):
        closing = _CLOSING.search(text, max(0, end - _LONGEST_WRAPPING), end)
        if closing is None:
            break
        end = _before_blanks(text, closing.start())
    return end


def _before_blanks(text: str, end: int) -> int:
    while end and text[end - 1].isspace():
        end -= 1
    return end


def _take_envelopes(text: str, position: int, found: Findings) -> None:
    """Past snippets that never end, such as code with a lone quote, a few strict envelopes are still tried."""
    for mark in islice(_ENVELOPE.finditer(text, position), 5):
        read = read_strictly(text, mark.start())
        if read is not None:
            found.values.append(Value(read.value, mark.start(), read.end, after_cut=True))


def _past_thought(text: str, position: int, found: Findings) -> int:
    found.thought = True
    if found.thinking:
        return position
    close = _THOUGHT.search(text, position)
    found.thinking = close is None
    return close.end() if close else position


def _take(text: str, start: int, found: Findings) -> int:
    read = read_json(text, start)
    if read.broken is None:
        found.values.append(Value(read.value, start, read.end, after_cut=found.cuts > 0))
        return read.end
    if found.broken is None and _MEANT.search(text, start, read.end):
        found.broken = read.broken
    if found.half is None and _CALL.search(text, start, read.end):
        found.half = read.broken
    return _after(text, start + 1, read.end, found)


def _take_call(text: str, mark: re.Match[str], found: Findings) -> int:
    read = textform.read_lines(text, mark) if kind_of(mark) == "line" else markup.read_call(text, mark)
    if read is None:
        return mark.end()
    if read.broken:
        found.broken, found.half = found.broken or read.broken, found.half or read.broken
        return _after(text, mark.end(), read.end, found)
    cut = found.cuts > 0
    found.values += [Value(raw, mark.start(), read.end, cut, True, read.open_ended) for raw in read.raws]
    return read.end


def _after(text: str, begun: int, end: int, found: Findings) -> int:
    """Where to go on after something that cannot be read; what never ends may have begun by mistake."""
    if end < len(text):
        return end
    found.cuts, found.passes = found.cuts + 1, found.passes + 1
    return begun
