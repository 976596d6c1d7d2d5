"""Actions written as lines: ACTION: EDIT, then PATH: and OLD: and NEW: with texts between <<< and >>>."""

import re
from typing import Any

from loom_app.actions.building import field_names
from loom_app.actions.loose import Broken, read_json
from loom_app.actions.markup import Called, value_of
from loom_app.actions.types import CORE
from loom_app.actions.verbs import canonical, is_about_actions, resolve

LANDMARK = r"A(?:CTION|ction)[*_`]*+[ \t]*+:(?P<line>)"

_BEFORE = re.compile(r"(?:\A|\n)[ \t>*#_`\-]*\Z")
_REACH = 12
"""How many characters of a line's beginning are looked at: marks of a list, a quotation or bold text."""
_HEAD = re.compile(r"[ \t*_`]*+(?P<verb>[A-Za-z_]{2,40}+)[*_`]*+(?P<rest>[^\n]*+)\n?")
_LINE = re.compile(
    r"[ \t>*_`\-]*+(?P<key>[A-Za-z](?:[A-Za-z_]|[ ](?=[A-Za-z])){0,30}+)[*_`]*+[ \t]*+:[*_`]*+(?P<rest>[^\n]*+)\n?"
)
_ANY_LINE = re.compile(r"[^\n]*+\n?")
_NEXT = re.compile(r"[ \t>*#_`\-]{0,12}+ACTION[*_`]*+[ \t]*+:", re.IGNORECASE)
_OPEN = re.compile(r"\s*+(?P<mark><<<|```)[^\n]*+\n")
_CLOSE = {
    "<<<": re.compile(r"^[ \t]*+>>>[ \t\r]*+$", re.MULTILINE),
    "```": re.compile(r"^[ \t]*+```[ \t\r]*+$", re.MULTILINE),
}
_INLINE = re.compile(r"\s*+<<<(?P<text>[^\n]*)>>>\s*+\Z")
_INPUT = frozenset({"action_input", "arguments", "args", "input", "parameters"})
_BODIES = ("content", "patch", "command")
"""Fields a block stands for that has no key before it."""


def read_lines(text: str, mark: re.Match[str]) -> Called | None:
    """The action whose ACTION: stands at `mark`; None when that is a word of prose."""
    if not _BEFORE.search(text[max(0, mark.start() - _REACH) : mark.start()]):
        return None
    head = _HEAD.match(text, mark.end())
    if head is None or not is_about_actions(head["verb"]):
        return None
    rest = head["rest"].strip()
    if not mark.group().startswith("ACTION") and rest:
        return None
    found = resolve(head["verb"])
    if found is None:
        return Called(head.end(), ({"type": head["verb"]},), open_ended=True)
    return _fields(text, head, found[0])


def _fields(text: str, head: re.Match[str], type_: str) -> Called:
    given: dict[str, Any] = {}
    at, rest = head.end(), head["rest"].strip().strip("`\"'")
    if rest:
        given[_first_field(type_)] = rest
    while at < len(text) and not _NEXT.match(text, at):
        line = _LINE.match(text, at)
        key = canonical(line["key"]) if line else ""
        if key == "observation":
            at = len(text)
        elif line and (key in field_names(type_) or key in _INPUT):
            value, at, broken = _value(text, line, key)
            if broken:
                return Called(at, broken=broken)
            given |= value if key in _INPUT and isinstance(value, dict) else {key: value}
        elif body := _bare_block(text, at, type_, given):
            field, (value, at, broken) = body
            if broken:
                return Called(at, broken=broken)
            given[field] = value
        else:
            passed = _ANY_LINE.match(text, at)
            at = passed.end() if passed else len(text)
    return Called(at, ({"type": head["verb"], **given},), open_ended=True)


def _value(text: str, line: re.Match[str], key: str) -> tuple[Any, int, Broken | None]:
    """What a line's field is, and where the next line begins."""
    inline = _INLINE.match(line["rest"])
    if inline:
        return inline["text"], line.end(), None
    if key in _INPUT:
        start = text.find("{", line.start("rest"))
        if start >= 0 and not text[line.start("rest") : start].strip("` \t\r\njson"):
            read = read_json(text, start)
            return read.value, read.end, read.broken
    begin = _OPEN.match(text, line.start("rest"))
    if begin and (not line["rest"].strip() or line["rest"].lstrip().startswith(begin["mark"])):
        return _block(text, begin, key)
    return line["rest"].strip().strip("`"), line.end(), None


def _block(text: str, begin: re.Match[str], key: str) -> tuple[Any, int, Broken | None]:
    close = _CLOSE[begin["mark"]].search(text, begin.end())
    if close is None:
        return "", len(text), Broken(f"the text after {begin['mark']} never ends", begin.start(), cut=True)
    return value_of(key, "\n" + text[begin.end() : close.start()]), close.end(), None


def _bare_block(
    text: str, at: int, type_: str, given: dict[str, Any]
) -> tuple[str, tuple[Any, int, Broken | None]] | None:
    begin = _OPEN.match(text, at)
    field = next((name for name in _BODIES if name in CORE[type_].model_fields and name not in given), "")
    return (field, _block(text, begin, field)) if begin and field else None


def _first_field(type_: str) -> str:
    """What stands behind the verb on its line: the first field that must be given, else the reason."""
    fields = CORE[type_].model_fields
    required = next((name for name, spec in fields.items() if spec.is_required()), "")
    return required or ("reason" if "reason" in fields else next((name for name in fields if name != "type"), "reason"))
