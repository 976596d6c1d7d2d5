"""What makes two reports the same error: where it comes from, its type, its message and the innermost calls."""

import hashlib
import re

MOST_CALLS = 5
LONGEST = 1_000
"""How much of a message, and of each call, tells errors apart."""
PYTHON = re.compile(r'^\s*File "[^"]+"', re.MULTILINE)
CALL = re.compile(r'^\s*at \S|\S@\S+:\d|^\s*File "')
"""A line of a stack trace, as browsers, Node and Python write them; other lines are the message once more."""
CHANGING = (
    (re.compile(r"[?#][^\s:]*(?=:\d)"), ""),
    (re.compile(r"-[\w-]{6,20}(?=\.(?:m?js|css)\b)"), ""),
    (re.compile(r"\b(?:0x)?(?=[0-9a-f-]{0,40}\d)[0-9a-f]{6,}(?:-[0-9a-f]{2,})*\b", re.IGNORECASE), "#"),
    (re.compile(r"\d+"), "#"),
    (re.compile(r"\s+"), " "),
)
"""What differs from one occurrence to the next: queries, names of built files, hex and other ids, numbers, spacing."""


def of(source: str, error_type: str, message: str, stack_trace: str) -> str:
    """32 hex digits that are the same for every occurrence of an error."""
    told = "\n".join([source, error_type, normalised(message), *calls(stack_trace)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def normalised(text: str) -> str:
    """The beginning of `text` without what differs from one occurrence to the next."""
    text = text[:LONGEST]
    for changing, put in CHANGING:
        text = changing.sub(put, text)
    return text.strip()


def calls(stack_trace: str) -> list[str]:
    """The innermost calls of a stack trace, normalised: the last ones of Python's, the first ones of others'."""
    lines = [normalised(line) for line in stack_trace.splitlines() if CALL.search(line[:LONGEST])]
    return lines[-MOST_CALLS:] if PYTHON.search(stack_trace) else lines[:MOST_CALLS]
