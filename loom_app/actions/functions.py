"""The actions as functions for providers with native calls, and what models call read back."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from loom_app.actions.building import build_action
from loom_app.actions.faults import FaultKind, ReplyError, excerpt, place
from loom_app.actions.loose import Read, read_json
from loom_app.actions.model import ActionModel
from loom_app.actions.parsing import notes_of
from loom_app.actions.types import CORE, MAX_ACTIONS, Reply

KEPT = ("type", "description", "enum")
"""What of a JSON schema every provider takes, beside properties, items and what is required."""

Call = Mapping[str, Any]
"""A call as it is stored: `id`, `name` and `arguments`, which are what the model wrote."""


def functions(actions: Mapping[str, type[ActionModel]] = CORE) -> list[dict[str, Any]]:
    """The `tools` of a request: one function an action, its fields without references and alternatives."""
    return [_function(name, model) for name, model in actions.items()]


def read_calls(calls: Sequence[Call], said: str = "", *, cut: bool = False) -> Reply:
    """The actions that calls ask for, in order, at most 20; `said` is the text beside them. Raises ReplyError only.

    The error names the `call` that cannot be read; none is carried out then. `cut` says that the answer was cut off.
    """
    actions: list[ActionModel] = []
    remarks: list[str] = []
    for number, call in enumerate(calls[:MAX_ACTIONS]):
        try:
            given = _arguments(call, cut=cut and number == len(calls) - 1)
            action, told = build_action({"name": call["name"], "arguments": given}, number + 1, len(calls))
        except ReplyError as error:
            error.call, error.notes = number, notes_of(said)
            raise
        actions.append(action)
        remarks += told
    if len(calls) > MAX_ACTIONS:
        remarks.append(
            f"You called {len(calls)} functions; only the first {MAX_ACTIONS} were run. Call fewer at a time."
        )
    return Reply.model_construct(actions=actions, notes=notes_of(said), remarks=remarks[:MAX_ACTIONS])


def as_text(calls: Sequence[Call], said: str = "") -> str:
    """Calls as the envelope that asks for the same, for people and for models that are asked in words."""
    actions = [_raw(call) for call in calls]
    return json.dumps({"actions": actions, **({"notes": said} if said.strip() else {})}, ensure_ascii=False)


def _raw(call: Call) -> dict[str, Any]:
    read = _read(str(call["arguments"]))
    if read.broken or not isinstance(read.value, dict) or "type" in read.value:
        return {"type": call["name"], "arguments": call["arguments"] if read.broken else read.value}
    return {"type": call["name"], **read.value}


def _arguments(call: Call, *, cut: bool) -> dict[str, Any]:
    name, text = call["name"], str(call["arguments"])
    if cut and not text.strip():
        raise ReplyError("truncated", f"Your answer was cut off before the arguments of {name}. Call fewer at a time.")
    read = _read(text)
    if read.broken:
        at = read.broken.position
        kind: FaultKind = "truncated" if read.broken.cut else "invalid_json"
        why = "they never end" if read.broken.cut else read.broken.reason
        raise ReplyError(
            kind, f"The arguments of your call of {name} cannot be read: {why} ({place(text, at)}): {excerpt(text, at)}"
        )
    if not isinstance(read.value, dict):
        raise ReplyError("invalid_json", f"The arguments of your call of {name} are no JSON object: {text[:200]}")
    return read.value


def _read(text: str) -> Read:
    """The arguments of a call; nothing written is none, and JSON within a JSON text is what it holds."""
    if not text.strip():
        return Read(0, {})
    try:
        value = json.loads(text, strict=False)
        return Read(len(text), json.loads(value, strict=False) if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        start = text.find("{")
        return read_json(text, start) if start >= 0 else Read(len(text), text)


def _function(name: str, model: type[ActionModel]) -> dict[str, Any]:
    meaning = (model.__doc__ or "").strip()
    return {"type": "function", "function": {"name": name, "description": meaning, "parameters": _parameters(model)}}


@cache
def _parameters(model: type[ActionModel]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=False)
    plain = _plain(schema, schema.get("$defs", {}))
    plain["properties"].pop("type", None)
    plain.pop("description", None)
    return plain


def _plain(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to put in its place, and the first of its alternatives alone."""
    said = {name: schema[name] for name in ("description",) if name in schema}
    while "$ref" in schema or "anyOf" in schema:
        if "$ref" in schema:
            schema = known[schema["$ref"].rpartition("/")[2]]
        else:
            schema = next((one for one in schema["anyOf"] if one.get("type") != "null"), {"type": "string"})
    made = {name: schema[name] for name in KEPT if name in schema} | said
    made.setdefault("type", "string")
    if made["type"] == "object":
        fields = schema.get("properties", {})
        made["properties"] = {name: _plain(field, known) for name, field in fields.items()}
        required = [name for name in schema.get("required", ()) if name in fields]
        made |= {"required": required} if required else {}
    elif made["type"] == "array":
        made["items"] = _plain(schema.get("items", {"type": "string"}), known)
    return made
