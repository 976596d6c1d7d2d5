"""Tells models the wire formats. All is made from the action models, so it cannot drift from what is accepted."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from loom_app.actions import simple
from loom_app.actions.kinds.beads import BeadDraft
from loom_app.actions.model import ActionModel
from loom_app.actions.types import CORE, MAX_ACTIONS

ENVELOPE, SIMPLE, TOOLS = "envelope", "simple", "tools"
_EXAMPLE = {
    "actions": [
        {"type": "edit_code", **CORE["edit_code"].example},
        {"type": "run_tests"},
    ],
    "notes": "The sign was wrong; the tests will tell.",
}


RULES = """\
- Look before you change: read a file before you edit it. Run the tests before you say that you are done.
- Send an action that depends on a result only after you have seen that result.
- Nothing after an action that ends the run is carried out. Paths are relative to the top of the repository."""


def instructions(actions: Mapping[str, type[ActionModel]] = CORE, form: str = ENVELOPE) -> str:
    """The part of the system prompt that says how to answer in `form` and which actions there are."""
    return _INSTRUCTIONS[form](actions)


def reply_schema(actions: Mapping[str, type[ActionModel]] = CORE, form: str = ENVELOPE) -> dict[str, Any]:
    """A JSON schema of the answer for `response_format`: which actions there are, but not the fields of each.

    Small on purpose: servers that turn it into a grammar slow down with every alternative.
    """
    return simple.schema(actions) if form == SIMPLE else _envelope_schema(actions)


def _envelope(actions: Mapping[str, type[ActionModel]]) -> str:
    listed = "\n".join(_entry(name, model) for name, model in actions.items())
    return f"""## How to answer

Answer with one JSON object and nothing else: no prose before or after it, no code fence.
{json.dumps(_EXAMPLE)}

- "actions" holds 1 to {MAX_ACTIONS} actions, carried out in order. You then get their results and are asked again.
- "notes" is optional: one or two sentences on what you are doing and why.
- Write line breaks in texts as \\n and quotes as \\".
{RULES}

## Actions

Fields marked * are required.

{listed}
"""


def _simple(actions: Mapping[str, type[ActionModel]]) -> str:
    return f"""## How to answer

Answer with one JSON object and nothing else: one action. You then get its result and are asked again.
{simple.example(actions)}

- "notes" is optional beside the fields: a sentence on what you are doing and why.
- Write line breaks in texts as \\n and quotes as \\".
{RULES}

## Actions

{simple.listed(actions)}
"""


def _tools(_: Mapping[str, type[ActionModel]]) -> str:
    return f"""## How to answer

Call the functions you are given: each is an action. You then get what came of them and are asked again.

- Several calls in one answer are carried out in order, {MAX_ACTIONS} at most.
- Say beside the calls in a sentence or two what you are doing and why. Words without a call do nothing.
{RULES}
"""


def _envelope_schema(actions: Mapping[str, type[ActionModel]]) -> dict[str, Any]:
    action = {
        "type": "object",
        "properties": {"type": {"type": "string", "enum": list(actions)}},
        "required": ["type"],
        "additionalProperties": True,
    }
    return {
        "type": "object",
        "properties": {
            "actions": {"type": "array", "items": action, "minItems": 1, "maxItems": MAX_ACTIONS},
            "notes": {"type": "string"},
        },
        "required": ["actions"],
        "additionalProperties": False,
    }


def fields_of(model: type[ActionModel]) -> str:
    """The fields of an action in a line, those that are required with *."""
    return ", ".join(_field(field, model) for field in model.model_fields if field != "type")


def _entry(name: str, model: type[ActionModel]) -> str:
    return f"- {name}({fields_of(model)}): {(model.__doc__ or '').strip()}"


def _field(name: str, model: type[Any]) -> str:
    spec = model.model_fields[name]
    if spec.annotation is BeadDraft:
        inner = ", ".join(_field(field, BeadDraft) for field in BeadDraft.model_fields)
        return f"{name}* {{{inner}}}"
    mark = "*" if spec.is_required() else ""
    default = "" if spec.is_required() or not spec.default or spec.default == [] else f"={spec.default}"
    note = f" ({spec.description})" if spec.description else ""
    return f"{name}{mark}{default}{note}"


_INSTRUCTIONS: Mapping[str, Callable[[Mapping[str, type[ActionModel]]], str]] = MappingProxyType(
    {ENVELOPE: _envelope, SIMPLE: _simple, TOOLS: _tools}
)
