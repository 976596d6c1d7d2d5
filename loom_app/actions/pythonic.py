"""Calls written as Python: read_file(path="a.py")."""

import re
from typing import Any

from loom_app.actions.loose import Broken, Read, read_json, read_string
from loom_app.actions.types import CORE
from loom_app.actions.verbs import resolve

_CALL = re.compile(
    r"(?:[\s;,]|\#[^\n]*+)*+\[?+\s*+(?:[A-Za-z_]\w*+\s*+=(?!=)\s*+)?+(?P<print>print\s*+\(\s*+)?+"
    r"(?:[A-Za-z_]\w*+\.)*+(?P<name>[A-Za-z_]\w*+)\s*+\("
)
_KEY = re.compile(r"\s*+(?:(?P<key>[A-Za-z_]\w*+)\s*+=(?!=)\s*+)?+")
_PREFIX = re.compile(r"[rRbBfFuU]{1,2}(?=[\"'])")
_PLAIN = re.compile(r"(?:True|False|None|-?\d{1,15}+(?:\.\d{1,15}+)?+)(?![\w.])")
_WORDS = {"True": True, "False": False, "None": None}
_COMMA = re.compile(r"\s*+,")
_CLOSE = re.compile(r"\s*+\)")
_END = re.compile(r"[\s;\]]*+(?:```|<\|\w++\|>)?+")
_MOST_CALLS = 50


def read_python(text: str, at: int) -> tuple[list[dict[str, Any]], int, Broken | None]:
    """The calls that stand one after the other from `at`, where they end, and what is wrong with the last one."""
    raws: list[dict[str, Any]] = []
    while len(raws) < _MOST_CALLS and (head := _CALL.match(text, at)):
        if resolve(head["name"]) is None:
            break
        given, at, broken = _arguments(text, head.end(), head["name"])
        if broken:
            return raws, at, broken
        raws.append({"name": head["name"], "arguments": given})
        closing = _CLOSE.match(text, at) if head["print"] else None
        at = closing.end() if closing else at
    over = _END.match(text, at)
    return raws, over.end() if over else at, None


def _arguments(text: str, at: int, name: str) -> tuple[dict[str, Any], int, Broken | None]:
    names = _fields(name)
    given: dict[str, Any] = {}
    while not (close := _CLOSE.match(text, at)):
        key = _KEY.match(text, at)
        at = key.end() if key else at
        read = _value(text, at)
        field = key["key"] if key and key["key"] else next((one for one in names if one not in given), "")
        if read.broken or not field:
            return {}, len(text), read.broken or Broken("there are more arguments than fields", at)
        given[field] = read.value
        comma = _COMMA.match(text, read.end)
        at = comma.end() if comma else read.end
        if not comma and not _CLOSE.match(text, at):
            return {}, len(text), Broken("the call never ends", at, cut=not text[at:].strip())
    return given, close.end(), None


def _value(text: str, at: int) -> Read:
    if text.startswith(("{", "["), at):
        return read_json(text, at)
    plain = _PLAIN.match(text, at)
    if plain:
        word = plain.group()
        return Read(plain.end(), _WORDS[word] if word in _WORDS else float(word))
    prefix = _PREFIX.match(text, at)
    at = prefix.end() if prefix else at
    read = read_string(text, at, raw=prefix is not None and "r" in prefix.group().lower())
    if read:
        return read
    cut = at >= len(text) or text[at] in "\"'"
    return Read(len(text), broken=Broken("a value in quotes is missing here, or never ends", at, cut=cut))


def _fields(name: str) -> list[str]:
    found = resolve(name)
    return [field for field in CORE[found[0]].model_fields if field != "type"] if found else []
