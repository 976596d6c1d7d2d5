"""Short words that show over the page and go by themselves.

Reflex's own toasts reach the browser as code to be evaluated, which the pages' policy forbids. These are sent as
data, to the place that components/frame.jsx keeps for them.
"""

from typing import Any

import reflex as rx

PLACE = "notice"


def success(text: str) -> Any:
    """An event that tells of something done."""
    return rx.set_value(PLACE, {"kind": "success", "text": text, "ms": 4_000})


def error(text: str) -> Any:
    """An event that tells of something refused or failed, shown long enough to be read."""
    return rx.set_value(PLACE, {"kind": "error", "text": text, "ms": 8_000})
