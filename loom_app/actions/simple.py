"""The simple wire format: one action in a flat object, with short names. Made for small models."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from loom_app.actions.model import ActionModel
from loom_app.actions.types import CORE, wire_names
from loom_app.actions.verbs import resolve

Actions = Mapping[str, type[ActionModel]]
SPOKEN = (
    "scope", "tree", "read", "search", "edit", "write", "build", "lint", "test", "bash", "git_status", "git_commit",
    "git_push", "ask", "escalate", "decide", "approve_bead", "reject_bead", "close_bead", "done",
)  # fmt: skip
"""The actions that are told, in this order, as far as they are offered."""
SHORT = ("path", "query", "old", "new", "content", "command", "pattern", "message", "reason")
EXAMPLE = "edit"


def example(actions: Actions = CORE) -> str:
    """A right answer."""
    told = dict(_told(actions))
    verb = EXAMPLE if EXAMPLE in told else next(iter(told))
    return json.dumps(_shown(verb, told[verb]))


def listed(actions: Actions = CORE) -> str:
    """Each action as it is written, what else it takes and what it does, a line each."""
    return "\n".join(_entry(verb, model) for verb, model in _told(actions))


def schema(actions: Actions = CORE) -> dict[str, Any]:
    """A JSON schema of the answer: the verbs, and every field as a text."""
    told = list(_told(actions))
    fields = dict.fromkeys(name for _, model in told for name in _fields(model).values())
    return {
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": [verb for verb, _ in told]},
            **{name: {"type": "string"} for name in [*fields, "notes"]},
        },
        "required": ["action"],
        "additionalProperties": True,
    }


def _told(actions: Actions) -> Iterator[tuple[str, type[ActionModel]]]:
    for verb in SPOKEN:
        found = resolve(verb)
        if found and found[0] in actions:
            yield verb, actions[found[0]]


def _fields(model: type[ActionModel]) -> dict[str, str]:
    """The fields that are told, by the names they are told under: those with a short one, and all that are required."""
    found: dict[str, str] = {}
    for field, spec in model.model_fields.items():
        names = wire_names(field, spec)
        short = field if field in SHORT else next((name for name in SHORT if name in names), "")
        if field != "type" and (short or spec.is_required()):
            found[field] = short or field
    return found


def _shown(verb: str, model: type[ActionModel]) -> dict[str, Any]:
    names = _fields(model)
    return {"action": verb, **{names.get(field, field): value for field, value in model.example.items()}}


def _entry(verb: str, model: type[ActionModel]) -> str:
    shown = _shown(verb, model)
    more = [f'"{name}"' for name in _fields(model).values() if name not in shown]
    also = f" (also {', '.join(more)})" if more else ""
    meaning = (model.__doc__ or "").strip()
    for field, name in _fields(model).items():
        meaning = meaning.replace(field, name) if "_" in field else meaning
    return f"- {json.dumps(shown)}{also}: {meaning}"
