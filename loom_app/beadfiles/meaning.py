"""What the text of a value means: whether two texts say the same, however they are written. Pure."""

import json
from typing import Any

from loom_app.beadfiles.jsontext import load
from loom_app.kernel.clock import parse_rfc3339, rfc3339
from loom_app.kernel.errors import Invalid


def meaning(key: str, text: str | None) -> str:
    """What `text`, the value of `key`, says; "" for all that says nothing: absent, null, false, empty or zero.

    Times are compared as moments, numbers by value, objects whatever the order of their keys.
    """
    value = load(text) if text is not None else None
    if not value:
        return ""
    if isinstance(value, str) and key.endswith(("_at", "_until")):
        value = _moment(value)
    return json.dumps(_plain(value), sort_keys=True)


def same(key: str, one: str | None, other: str | None) -> bool:
    """Whether two texts of the value of `key` say the same."""
    return one == other or meaning(key, one) == meaning(key, other)


def _moment(text: str) -> str:
    try:
        return rfc3339(parse_rfc3339(text.upper()))
    except Invalid:
        return text


def _plain(value: Any) -> Any:
    """`value` with whole numbers written in one way."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value
