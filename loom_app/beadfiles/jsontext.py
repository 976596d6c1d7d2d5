"""JSON text as Go writes it, taken apart and put together without losing how its parts were written.

Numbers, the order of keys and the digits of times survive, for a value that nobody changed keeps its own text.
"""

import json
import re
from typing import Any

STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"')
WITHOUT_BLANKS = re.compile(rf'(?:[^"\s]++|{STRING.pattern})+')
ESCAPED_OTHERWISE = re.compile(r'\\(?!["\\nrtbf]|u(?:003[ce]|0026|202[89]|00(?:0[0-7bef]|1[0-9a-f])))')
"""An escape that Go does not write."""
ESCAPED_BY_GO = "<>&\u2028\u2029"
GO_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in ESCAPED_BY_GO})
"""They occur in strings only, so the whole text can be escaped at once."""
DECODER = json.JSONDecoder()


class NotJson(ValueError):
    """The text is no JSON; the message says what is wrong and where."""


def load(text: str) -> Any:
    """The value `text` holds. Raises NotJson."""
    try:
        return STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg.removesuffix(' at')} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise NotJson("it is nested too deeply") from error
    except ValueError as error:
        raise NotJson(str(error)) from error


def _refuse_constant(name: str) -> Any:
    raise NotJson(f"{name} is no JSON number")


STRICT = json.JSONDecoder(parse_constant=_refuse_constant)


def dump(value: Any) -> str:
    """`value` as compact JSON with Go's escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(GO_ESCAPES)


def compact(text: str) -> str:
    """The JSON `text` without blanks and with Go's escapes; keys and numbers stay as they are written."""
    if _has_no_blanks(text) and _escaped_as_by_go(text):
        return text
    dense = "".join(WITHOUT_BLANKS.findall(text))
    return dense if _escaped_as_by_go(dense) else STRING.sub(_string, dense)


def _has_no_blanks(text: str) -> bool:
    """Whether there are none outside strings. Most lines are found to be so without taking them apart."""
    quoted = text.replace("\\\\", "").replace('\\"', "") if "\\" in text else text
    outside = "".join(quoted.split('"')[::2])
    return outside.split() == [outside]


def _escaped_as_by_go(text: str) -> bool:
    if any(char in text for char in ESCAPED_BY_GO):
        return False
    return "\\" not in text or ESCAPED_OTHERWISE.search(text.replace("\\\\", "")) is None


def _string(found: re.Match[str]) -> str:
    token = found.group()
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
