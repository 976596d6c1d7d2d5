"""Blocks in a model's reply: found in what it says, never in what it writes into files or thinks to itself."""

import json
import re
from dataclasses import replace

from loom_app.actions.extraction import find_values
from loom_app.temporal_language.blocks import Span, may_hold
from loom_app.temporal_language.parser import Parsed, parse

_THOUGHT = re.compile(
    r"<(?P<tag>think|thinking|reasoning|thought|seed:think)>.*?</(?P=tag)>", re.DOTALL | re.IGNORECASE
)
_NOTES = re.compile(r'"notes"\s*+:\s*+(?P<text>"(?:[^"\\]|\\.)*+")', re.DOTALL)
LONGEST = 4_000_000


def heard(reply: str) -> Parsed:
    """What a reply asks for, and the reply without it. Actions and their contents are left as they are."""
    if len(reply) > LONGEST or not may_hold(reply):
        return Parsed(text=reply)
    values = find_values(reply).values
    passed: list[Span] = [(value.start, value.end) for value in values]
    passed += [mark.span() for mark in _THOUGHT.finditer(reply)]
    around = parse(reply, sorted(passed))
    for value in reversed(values):
        inner = _in_notes(around.text, value.value)
        if inner is not None:
            return replace(
                around, instructions=[*around.instructions, *inner.instructions],
                faults=[*around.faults, *inner.faults], remarks=[*around.remarks, *inner.remarks], text=inner.text,
            )  # fmt: skip
    return around


def _in_notes(text: str, value: object) -> Parsed | None:
    """What the notes of an envelope ask for, with the whole reply without it as text; None for none."""
    notes = value.get("notes") if isinstance(value, dict) else None
    if not isinstance(notes, str) or not may_hold(notes):
        return None
    for mark in _NOTES.finditer(text):
        if _read(mark["text"]) == notes:
            found = parse(notes)
            cleaned = json.dumps(found.text, ensure_ascii=False)
            return replace(found, text=text[: mark.start("text")] + cleaned + text[mark.end("text") :])
    return None


def _read(literal: str) -> object:
    try:
        return json.loads(literal, strict=False)
    except ValueError:
        return None
