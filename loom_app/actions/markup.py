"""Calls that models write into their text, in the markup their makers taught them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from loom_app.actions.building import field_names
from loom_app.actions.loose import Broken, read_json
from loom_app.actions.pythonic import read_python
from loom_app.actions.verbs import resolve

_NAME = r"[A-Za-z_][\w.\-]{0,80}+"
LANDMARK = (
    r"<(?:function=[\"']?"
    r"|(?:invoke|function|tool)\s++name\s*+=\s*+[\"']?"
    r"|tool_call>\s*+(?=[A-Za-z_][\w.\-]{0,80}+\s*+(?:<arg_key>|</tool_call>))"
    r"|\|tool_call_begin\|>\s*+"
    rf"|｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?+)(?P<call>{_NAME})"
    rf"|\[TOOL_CALLS\]\s*+(?P<call_listed>{_NAME})"
    r"|<(?P<tag>[A-Za-z_]{2,40}+)(?:>(?=\s*+</?[A-Za-z_])|\s*+/>)"
    r"|```tool_code\b(?P<python>)"
    r"|<\|python_tag\|>(?!\s*+[{\[]\s*+[\"'{])(?P<python_tag>)"
)
"""Where a call may begin: of Qwen, Hermes, GLM, Llama, Mistral, Kimi, DeepSeek, Claude or Gemma, or by tags.

Each alternative begins with a sign that is no letter, by which a search skips prose quickly.
"""
ADDRESSED = rf"to=(?<!\wto=)(?=functions\.)(?P<call_to>{_NAME})"
"""Where a call of gpt-oss begins."""

_TAIL = re.compile(
    r"""["']?\s*+>"""
    r"""|(?::\d++)?+\s*+<\|tool_call_argument_begin\|>"""
    r"""|(?:\[CALL_ID\][^\[\]{}\s]{0,100}+)?+\[ARGS\]"""
    r"""|<｜tool▁sep｜>"""
    r"""|(?:\s*+(?:<\|(?:channel|constrain)\|>\s*+)?+(?:commentary|analysis|json|code)(?!\w))*+\s*+(?:<\|message\|>)?+"""
)
_TO_ARGUMENTS = re.compile(r"\s*+(?:```\w*+\s*+)?+")
_PARAMETER = re.compile(
    rf"""\s*+(?:<parameter=["']?(?P<equals>{_NAME})["']?\s*+>"""
    rf"""|<parameter\s++name\s*+=\s*+["']?(?P<named>{_NAME})["']?[^<>]{{0,100}}+>"""
    rf"""|<arg_key>\s*+(?P<key>{_NAME})\s*+</arg_key>\s*+<arg_value>)"""
)
_CLOSES = {"equals": "</parameter>", "named": "</parameter>", "key": "</arg_value>"}
_OVER = re.compile(r"\s*+(?:</(?:function|invoke|tool|tool_call)>|<\|(?:call|tool_call_end)\|>|<｜tool▁call▁end｜>)")
_GOES_ON = re.compile(r"\s*+(?:<parameter\b|<arg_key>|</(?:function|invoke|tool|tool_call)>)")
_ALONE = re.compile(r"[ \t]*+(?:\n|\Z)")
_LIST = re.compile(r"""\s*+[\[{]\s*+["'{]""")
_WHOLE = frozenset({"content", "contents", "patch", "diff"})
"""Texts whose last line break belongs to them."""
_TEXTS = _WHOLE | {"text", "new_text", "new", "new_string", "replace", "old_text", "old", "old_string", "search"}
_PLAIN = frozenset({"command", "cmd", "query", "pattern"})
NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Called:
    """Calls found in a text, as raw actions, or why they cannot be read. `end` is where reading goes on.

    `open_ended` says that nothing marks the end, so that in a text that was cut off it may be half a call.
    """

    end: int
    raws: tuple[Mapping[str, Any], ...] = ()
    broken: Broken | None = None
    open_ended: bool = False


def read_call(text: str, mark: re.Match[str]) -> Called | None:
    """What begins at a landmark of the kind "call", "tag" or "python"; None when that is no call after all."""
    return _READERS[kind_of(mark)](text, mark)


def kind_of(mark: re.Match[str]) -> str:
    """What was found: the first word of the group that matched last."""
    return str(mark.lastgroup).partition("_")[0]


def _named(text: str, mark: re.Match[str]) -> Called | None:
    name = mark[str(mark.lastgroup)].rpartition(".")[2]
    tail = _TAIL.match(text, mark.end())
    at = tail.end() if tail else mark.end()
    begin = _TO_ARGUMENTS.match(text, at)
    at = begin.end() if begin else at
    if not text.startswith("{", at):
        return _parameters(text, at, name)
    read = read_json(text, at)
    if read.broken:
        return Called(read.end, broken=read.broken)
    over = _OVER.match(text, read.end)
    return Called(over.end() if over else read.end, (_raw(name, read.value),))


def _parameters(text: str, at: int, name: str) -> Called | None:
    given: dict[str, Any] = {}
    while found := _PARAMETER.match(text, at):
        kind = str(found.lastgroup)
        end = _end_of_value(text, found.end(), _CLOSES[kind], _GOES_ON)
        if end is None:
            return _cut(text, found.start())
        given[found[kind]] = value_of(found[kind], text[found.end() : end])
        at = end + len(_CLOSES[kind])
    over = _OVER.match(text, at)
    if over:
        return Called(over.end(), (_raw(name, given),))
    return _cut(text, at) if given or resolve(name) else None


def _tagged(text: str, mark: re.Match[str]) -> Called | None:
    """A call whose name and fields are tags, as in <read_file><path>a.py</path></read_file>."""
    name = mark["tag"].lower()
    found = resolve(name)
    if found is None:
        return None
    if mark.group().endswith("/>"):
        alone = text[max(0, mark.start() - 1) : mark.start()] in ("", "\n") and _ALONE.match(text, mark.end())
        return Called(mark.end(), (_raw(name, {}),)) if alone and "_" in name else None
    child, goes_on, over = _tags_of(name, found[0])
    at, given = mark.end(), dict[str, Any]()
    while field := child.match(text, at):
        end = _end_of_value(text, field.end(), f"</{field['field']}>", goes_on)
        if end is None:
            return _cut(text, field.start())
        given[field["field"]] = value_of(field["field"], text[field.end() : end])
        at = end + len(field["field"]) + len("</>")
    end_tag = over.match(text, at)
    if end_tag:
        return Called(end_tag.end(), (_raw(name, given),))
    return _cut(text, at) if given else None


@cache
def _tags_of(name: str, type_: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """A field of the call, what may follow a field's end, and the end of the call."""
    fields = "|".join(sorted(map(re.escape, field_names(type_) - {"type"}), key=len, reverse=True)) or "(?!)"
    over = rf"\s*+</{re.escape(name)}>"
    return (
        re.compile(rf"\s*+<(?P<field>{fields})>"),
        re.compile(rf"{over}|\s*+<(?:{fields})>", re.IGNORECASE),
        re.compile(over, re.IGNORECASE),
    )


def _python(text: str, mark: re.Match[str]) -> Called | None:
    raws, end, broken = read_python(text, mark.end())
    if broken:
        return Called(end, broken=broken)
    return Called(end, tuple(raws)) if raws else None


def value_of(field: str, text: str) -> Any:
    """What a field is that stands between two marks: texts lose the line breaks of the marks, all else its blanks."""
    if field in _TEXTS:
        inner = text.removeprefix("\r").removeprefix("\n")
        return inner if field in _WHOLE or inner is text else inner.removesuffix("\n")
    if field not in _PLAIN and _LIST.match(text):
        read = read_json(text, len(text) - len(text.lstrip()))
        if read.broken is None and not text[read.end :].strip():
            return read.value
    return text.strip()


def _end_of_value(text: str, at: int, close: str, goes_on: re.Pattern[str]) -> int | None:
    """Where the value that begins at `at` ends: the mark may stand in the value itself, so more has to follow it."""
    while (end := text.find(close, at)) >= 0:
        if goes_on.match(text, end + len(close)):
            return end
        at = end + len(close)
    return None


def _cut(text: str, at: int) -> Called:
    return Called(len(text), broken=Broken("the call never ends", at, cut=True))


def _raw(name: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "arguments": given}


_READERS: Mapping[str, Callable[[str, re.Match[str]], Called | None]] = MappingProxyType(
    {"call": _named, "tag": _tagged, "python": _python}
)
