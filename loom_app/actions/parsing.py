"""Reads a model's reply: the envelope, a list of actions, one action, in whatever wrapping models put around them."""

import json
from typing import Any

from loom_app.actions.building import build_action, is_called
from loom_app.actions.extraction import Findings, Value, ends_with, find_json, stands_alone
from loom_app.actions.faults import ReplyError, excerpt, place
from loom_app.actions.model import ActionModel
from loom_app.actions.types import MAX_ACTIONS, Reply
from loom_app.actions.verbs import is_a_type, is_about_actions

MAX_REPLY = 4_000_000
"""The longest reply that is read, in characters."""


def parse_reply(text: str) -> Reply:
    """The actions a model's reply asks for, in order, at most 20. Raises ReplyError and nothing else."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ReplyError("empty", "Your reply was empty.")
    if len(text) > MAX_REPLY:
        raise ReplyError("invalid_json", f"Your reply has {len(text)} characters; at most {MAX_REPLY} are read.")
    found = find_json(text)
    fault: ReplyError | None = None
    for value in found.values:
        meant = _meant(value, found, text)
        if meant is None:
            continue
        try:
            return _reply(*meant)
        except ReplyError as error:
            fault = fault or error
    raise fault or _nothing(found, text)


def _meant(value: Value, found: Findings, text: str) -> tuple[list[Any], Any] | None:
    """The raw actions and notes of a value that was meant as a reply, else None."""
    if found.thinking and not ends_with(text, value):
        return None
    meant = _shape(value.value)
    if value.after_cut and not (isinstance(value.value, dict) and "actions" in value.value):
        return None
    return meant


def _shape(value: Any) -> tuple[list[Any], Any] | None:
    if isinstance(value, list):
        return (value, "") if any(_is_action(item) for item in value) else None
    if not isinstance(value, dict):
        return None
    if "actions" in value:
        return _listed(value["actions"]), value.get("notes", "")
    if isinstance(value.get("action"), dict):
        return [value["action"]], value.get("notes", "")
    if _is_action(value):
        return [{key: item for key, item in value.items() if key != "notes"}], value.get("notes", "")
    inner = next(iter(value.values())) if len(value) == 1 else None
    return _shape(inner) if isinstance(inner, dict) and ("actions" in inner or "action" in inner) else None


def _listed(actions: Any) -> list[Any]:
    if isinstance(actions, str):
        try:
            actions = json.loads(actions, strict=False)
        except (ValueError, RecursionError):
            raise ReplyError("invalid_action", '"actions" must be a list of objects, not a text.') from None
    if isinstance(actions, dict):
        return [actions]
    if not isinstance(actions, list):
        raise ReplyError("invalid_action", '"actions" must be a list of objects.')
    return actions


def _is_action(value: Any) -> bool:
    """Whether an object outside an envelope was meant as an action: JSON may stand in a reply for other reasons."""
    name = is_called(value)
    if name is None:
        return False
    return is_about_actions(name) if "action" in value or "type" not in value else is_a_type(name)


def _reply(raw: list[Any], notes: Any) -> Reply:
    said = _notes(notes)
    if not raw:
        raise ReplyError("no_actions", 'Your reply has an empty list of "actions".', notes=said)
    remarks: list[str] = []
    actions: list[ActionModel] = []
    for number, item in enumerate(raw[:MAX_ACTIONS], start=1):
        action, said_of_it = build_action(item, number, of=len(raw))
        actions.append(action)
        remarks += said_of_it
    if len(raw) > MAX_ACTIONS:
        remarks.append(
            f"Your reply had {len(raw)} actions; only the first {MAX_ACTIONS} were run. Send fewer at a time."
        )
    return Reply.model_construct(actions=actions, notes=said, remarks=remarks[:MAX_ACTIONS])


def _notes(notes: Any) -> str:
    text = notes if isinstance(notes, str) else "" if notes is None else json.dumps(notes, ensure_ascii=False)
    return text[:10_000].encode(errors="replace").decode().replace("\0", "")


def _nothing(found: Findings, text: str) -> ReplyError:
    if found.thinking:
        return ReplyError("truncated", "Your reply was cut off inside its reasoning, before any action. Think shorter.")
    if found.broken and found.broken.cut:
        return ReplyError(
            "truncated",
            f"Your reply was cut off before its JSON was complete. It ends with: {' '.join(text[-120:].split())}\n"
            "Send fewer actions at a time, and change long files piece by piece with edit_code.",
        )
    if found.broken:
        at = found.broken.position
        return ReplyError(
            "invalid_json",
            f"The JSON of your reply cannot be read: {found.broken.reason} ({place(text, at)}): {excerpt(text, at)}",
        )
    if found.values and stands_alone(text, found.values[0]):
        return ReplyError(
            "invalid_action", 'Your JSON names no action: it needs "actions", a list of objects with a "type".'
        )
    if found.thought and not text[text.rfind(">") + 1 :].strip():
        return ReplyError("empty", "Your reply holds only reasoning and no action.")
    return ReplyError("prose", "Your reply is prose: it holds no JSON object with actions.")
