"""What every database can keep: no NUL, no half of a surrogate pair, no number that JSON does not have."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator

DEEPEST = 50
CONTEXT_CHARACTERS = 65_536


def fault_in(value: Any, depth: int = 0) -> str | None:
    """Why `value` (any JSON value) cannot be stored, as the end of a sentence; None when it can."""
    if isinstance(value, str):
        return _fault_in_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f"holds {value}, which is no JSON number"
    if isinstance(value, int) and abs(value) >= 10**300:
        return "holds a number of more than 300 digits"
    if depth > DEEPEST:
        return f"is nested more than {DEEPEST} deep"
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        return next((fault for part in value if (fault := fault_in(part, depth + 1))), None)
    return None


def _fault_in_text(text: str) -> str | None:
    if text.isascii() and "\x00" not in text:
        return None
    if "\x00" in text:
        return "holds a NUL character, which a database cannot keep"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"holds half a surrogate pair at character {error.start + 1}, which is no text"
    return None


def storable(value: Any) -> Any:
    """`value`. Raises ValueError when not every database can keep it."""
    fault = fault_in(value)
    if fault:
        raise ValueError(fault)
    return value


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    if len(str(value)) > CONTEXT_CHARACTERS:
        raise ValueError(f"is longer than {CONTEXT_CHARACTERS} characters")
    return value


Context = Annotated[dict[str, Any], AfterValidator(_bounded)]
"""Any JSON object of a client's own, of a size that rows and events can carry."""
