"""Makes one action of the object a model wrote, and says what is wrong with it when that cannot be done."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from loom_app.actions.faults import ReplyError
from loom_app.actions.kinds.beads import BeadDraft
from loom_app.actions.model import ActionModel
from loom_app.actions.types import CORE, wire_names
from loom_app.actions.verbs import resolve, why_not

_WRAPPERS = (
    "arguments", "args", "parameters", "params", "input", "action_input", "tool_input", "tool_arguments", "kwargs",
)  # fmt: skip
_NAMED = ("action", "type")
_CALLED = ("name", "tool", "function", "tool_name", "function_name", "recipient_name")
_UNREMARKED = frozenset({"type", "action", "notes", "reason", "thought", "thoughts", "explanation", "comment", "id"})
"""What models add to any action for themselves."""
_EMPTY_MEANS = frozenset({"content", "contents", "text", "new_text", "new", "new_string", "replace", "old_text", "old"})
"""Fields in which an empty text is not the same as none."""


def build_action(raw: Any, number: int = 1, of: int = 1) -> tuple[ActionModel, list[str]]:
    """The action `raw` stands for, and remarks for the model. Raises ReplyError of the kind invalid_action."""
    which = f"Action {number} of {of}" if of > 1 else "Your action"
    if isinstance(raw, str) and resolve(raw):
        raw = {"type": raw}
    if not isinstance(raw, dict):
        raise ReplyError("invalid_action", f"{which} must be an object such as the one below, not {_kind(raw)}.")
    named, given = _split(raw)
    if named is None:
        raise ReplyError("invalid_action", f'{which} has no "type".')
    resolved = resolve(named)
    if resolved is None:
        raise ReplyError("invalid_action", f"{which}: {why_not(named)}")
    name, brought = resolved
    if name == "create_bead" and "type" in given:
        given.setdefault("bead_type", given.pop("type"))
    try:
        action = CORE[name].model_validate({**brought, **given, "type": name})
    except ValidationError as error:
        said = "; ".join(dict.fromkeys(_fault(dict(fault)) for fault in error.errors()[:4]))
        example = {"actions": [{"type": name, **CORE[name].example}]}
        raise ReplyError("invalid_action", f"{which} ({name}): {said}.", example=example) from None
    unknown = [key for key in given if key not in field_names(name) | _UNREMARKED]
    return action, [_ignored(name, unknown)] if unknown else []


def is_called(raw: Any) -> str | None:
    """The name `raw` gives for an action, when it has one."""
    return _split(raw)[0] if isinstance(raw, dict) else None


def is_a_call(raw: Any) -> bool:
    """Whether `raw` has the form of a function call: a name beside arguments, or an object that holds both."""
    if not isinstance(raw, dict):
        return False
    raw = _function(raw)
    return any(isinstance(raw.get(key), str) for key in _CALLED) and any(name in raw for name in _WRAPPERS)


def _function(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """OpenAI puts name and arguments of a call into an object of their own."""
    inner = raw.get("function", raw.get("function_call"))
    return inner if isinstance(inner, dict) else raw


def _split(raw: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """The name of the action and its fields, out of whatever wrapping they came in."""
    raw = _function(raw)
    key = next((key for key in _NAMED if isinstance(raw.get(key), str) and resolve(raw[key])), None)
    wrapper = next((name for name in _WRAPPERS if name in raw and isinstance(_opened(raw[name]), dict)), None)
    if key is None and wrapper:
        key = next((key for key in _CALLED if isinstance(raw.get(key), str)), None)
    key = key or next((key for key in _NAMED if isinstance(raw.get(key), str)), None)
    if key is None:
        return None, {}
    fields = {name: value for name, value in raw.items() if name not in (key, wrapper)}
    if wrapper:
        fields.update(_opened(raw[wrapper]))
    named = raw[key] if key in _NAMED else raw[key].rpartition(".")[2]
    return named, {name: value for name, value in fields.items() if _is_given(name, value)}


def _opened(value: Any) -> Any:
    """What a tool call's arguments are when they were written as JSON inside a text."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return value


def _is_given(name: str, value: Any) -> bool:
    return value is not None and (value != "" or name in _EMPTY_MEANS)


@cache
def field_names(name: str) -> frozenset[str]:
    """Every name under which a field of the action is taken."""
    models: list[Any] = [CORE[name], BeadDraft] if name == "create_bead" else [CORE[name]]
    names = (wire_names(field, spec) for model in models for field, spec in model.model_fields.items())
    return frozenset(known for group in names for known in group)


def _ignored(name: str, unknown: list[str]) -> str:
    shown = ", ".join(key[:60] for key in unknown[:5])
    return f"{name} does not know these fields, which were ignored: {shown}."


def _fault(fault: dict[str, Any]) -> str:
    field = ".".join(str(part) for part in fault["loc"])
    context = fault.get("ctx", {})
    most = context.get("max_length")
    said = {
        "missing": f'the field "{field}" is missing',
        "value_error": f'"{field}" {context.get("error")}' if field else f"it {context.get('error')}",
        "string_type": f'"{field}" must be a text, not {_kind(fault["input"])}',
        "string_too_long": f'"{field}" is too long: at most {most} characters are taken',
        "too_long": f'"{field}" is too long: at most {most} items are taken',
        "string_too_short": f'"{field}" must not be empty',
        "string_unicode": f'"{field}" contains half of a surrogate pair, which is no character',
    }
    return said.get(fault["type"], f'"{field}": {fault["msg"]}')


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return kinds.get(type(value), "a number")
