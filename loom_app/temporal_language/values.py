"""The values of keys: JSON over one line or many, lengths of time, counts, yes or no, names and texts."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from loom_app.kernel.storable import fault_in
from loom_app.temporal_language import durations
from loom_app.temporal_language.grammar import FORMS, LONGEST_JSON, LONGEST_NAME, LONGEST_TEXT, MOST, Form

_FLAGS = {"true": True, "yes": True, "false": False, "no": False}
_BLANK = re.compile(r"\s*")
_REST = re.compile(r"[ \t\r]*(?:\n|\Z)")


class Unreadable(ValueError):
    """A value that cannot be read, in a sentence; `at` is where in the text, None for where it begins."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


def read(key: str, text: str) -> Any:
    """The value of a key that is not JSON; None for `default`. Raises Unreadable."""
    if not text:
        raise Unreadable(f"{key} has no value. Write one behind the colon, or take the line out.")
    return _READ[FORMS[key]](key, text)


def read_json(text: str, at: int, key: str) -> tuple[Any, int]:
    """The JSON value that begins at `at`, or after blanks, and where the next line begins. Raises Unreadable."""
    blank = _BLANK.match(text, at)
    start = blank.end() if blank else at
    on_next_line = "\n" in text[at:start]
    if start == len(text) or (on_next_line and text[start] not in "{["):
        raise Unreadable(f"{key} has no value. Write JSON behind the colon, such as {{}}.", at)
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{key} is no JSON: {error.msg}.{_hint(text, error.pos)}", error.pos) from error
    except (ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, _Refused) else "it is nested too deeply or holds too long a number"
        raise Unreadable(f"{key}: {why}.", start) from error
    rest = _REST.match(text, end)
    if rest is None:
        raise Unreadable(f"Nothing may follow the JSON of {key} on its line. Take it out.", end)
    fault = fault_in(value) or (f"has more than {LONGEST_JSON:,} characters" if end - start > LONGEST_JSON else None)
    if fault:
        raise Unreadable(f"{key} {fault}.", start)
    return value, rest.end()


def written(key: str, value: Any) -> str:
    """How a value is written so that it is read as the same."""
    form = FORMS[key]
    if form == Form.DURATION:
        return durations.written(value)
    if form in (Form.NAME, Form.COUNT):
        return str(value)
    # A closing tag within a text would close the block.
    return json.dumps(value).replace("</", "<\\/")


def _hint(text: str, at: int) -> str:
    near = text[at : at + 1]
    if near in ("'", "“", "”"):
        return " Texts and keys stand between double quotes."
    return " Write it in strict JSON: double quotes, no comma after the last member, no line break within a text."


class _Refused(ValueError):
    """JSON that is well formed and still not taken."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Refused(f"the member {key[:60]!r} stands there twice")
        found[key] = value
    return found


def _no_number(text: str) -> NoReturn:
    raise _Refused(f"{text} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _Refused(f"{text[:60]} is larger than any number that can be kept")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_finite)


def _duration(key: str, text: str) -> int | None:
    try:
        return durations.read(text)
    except ValueError as error:
        raise Unreadable(f"{key}: {error}") from error


def _count(key: str, text: str) -> int | None:
    if text.lower() == durations.DEFAULT:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > MOST[key]:
        raise Unreadable(f"{key} is {text[:60]!r}. Write a whole number from 0 to {MOST[key]}.")
    return int(text)


def _flag(key: str, text: str) -> bool | None:
    if text.lower() == durations.DEFAULT:
        return None
    if text.lower() not in _FLAGS:
        raise Unreadable(f"{key} is {text[:60]!r}. Write true or false.")
    return _FLAGS[text.lower()]


def _name(key: str, text: str) -> str:
    name = _unquoted(key, text)
    if not re.fullmatch(rf"\S{{1,{LONGEST_NAME}}}", name):
        raise Unreadable(f"{key} is one word of at most {LONGEST_NAME} characters, without blanks.")
    return _stored(key, name)


def _text(key: str, text: str) -> str:
    said = _unquoted(key, text)
    if not said.strip() or len(said) > LONGEST_TEXT:
        raise Unreadable(f"{key} is a text of 1 to {LONGEST_TEXT:,} characters.")
    return _stored(key, said)


def _unquoted(key: str, text: str) -> str:
    if not (len(text) >= 2 and text[0] == text[-1] == '"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise Unreadable(f'{key} cannot be read between its quotes. Write a quote within them as \\".') from error


def _stored(key: str, text: str) -> str:
    fault = fault_in(text)
    if fault:
        raise Unreadable(f"{key} {fault}.")
    return text


_READ: Mapping[Form, Callable[[str, str], Any]] = {
    Form.DURATION: _duration, Form.COUNT: _count, Form.FLAG: _flag, Form.NAME: _name, Form.TEXT: _text,
}  # fmt: skip
