"""JSON text as Go writes it, taken apart and put together without losing how its parts were written.

Numbers, the order of keys and the digits of times survive, for a value that nobody changed keeps its own text.
"""

import json
import re
from typing import Any

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|[^"\s]+')
GO_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
"""They occur in strings only, so the whole text can be escaped at once."""
DECODER = json.JSONDecoder()


class NotJson(ValueError):
    """The text is no JSON; the message says what is wrong and where."""


def load(text: str) -> Any:
    """The value `text` holds. Raises NotJson."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deeply") from error
    except ValueError as error:
        raise NotJson(str(error)) from error


def _refuse_constant(name: str) -> Any:
    raise NotJson(f"{name} is no JSON number")


def dump(value: Any) -> str:
    """`value` as compact JSON with Go's escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(GO_ESCAPES)


def compact(text: str, value: Any) -> str:
    """`text`, which holds `value`, without blanks and with Go's escapes; keys and numbers stay as they are written."""
    quick = _quick(value)
    return quick if quick == text else "".join(_token(match.group()) for match in TOKEN.finditer(text))


def _quick(value: Any) -> str | None:
    try:
        return dump(value)
    except ValueError:
        return None


def _token(token: str) -> str:
    if token[0] != '"':
        return token.strip()
    written = dump(json.loads(token))
    try:
        written.encode()
    except UnicodeEncodeError:
        return token
    return written


def members(text: str) -> dict[str, str]:
    """The members of a compact JSON object: each key with the text of its value, in order."""
    found: dict[str, str] = {}
    at = 1
    while text[at] != "}":
        key, colon = DECODER.raw_decode(text, at + (text[at] == ","))
        _, at = DECODER.raw_decode(text, colon + 1)
        found[key] = text[colon + 1 : at]
    return found


def elements(text: str) -> list[str]:
    """The texts of the elements of a compact JSON array."""
    found: list[str] = []
    at = 1
    while text[at] != "]":
        begin = at + (text[at] == ",")
        _, at = DECODER.raw_decode(text, begin)
        found.append(text[begin:at])
    return found


def object_of(parts: dict[str, str]) -> str:
    """The compact JSON object with these members."""
    return "{" + ",".join(f"{dump(key)}:{value}" for key, value in parts.items()) + "}"
