"""Reads a model's reply: the envelope, a list of actions, one action, in whatever wrapping models put around them."""

import json
from collections.abc import Sequence
from typing import Any

from loom_app.actions.building import build_action, is_a_call, is_called
from loom_app.actions.extraction import Findings, Value, find_values, last_word, stands_alone
from loom_app.actions.faults import ReplyError, excerpt, place
from loom_app.actions.loose import Broken
from loom_app.actions.model import ActionModel
from loom_app.actions.types import CORE, MAX_ACTIONS, Reply
from loom_app.actions.verbs import is_a_type, is_about_actions

MAX_REPLY = 4_000_000
"""The longest reply that is read, in characters."""


def parse_reply(text: str, *, cut: bool = False) -> Reply:
    """The actions a model's reply asks for, in order, at most 20. Raises ReplyError and nothing else.

    `cut` says that the reply was cut off, which a form without an end of its own does not show.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise ReplyError("empty", "Your reply was empty.")
    if len(text) > MAX_REPLY:
        raise ReplyError("invalid_json", f"Your reply has {len(text)} characters; at most {MAX_REPLY} are read.")
    found = find_values(text)
    if found.thinking:
        end = last_word(text)
        found.values = [value for value in found.values if value.end >= end]
    fault: ReplyError | None = None
    for nth, value in enumerate(found.values):
        meant = _meant(value)
        if meant is None:
            continue
        try:
            if value.call or is_a_call(value.value):
                return _calls(found, text, cut=cut)
            return _reply(*meant, beside=_others(found.values[nth:], value.value))
        except ReplyError as error:
            fault = fault or error
    raise fault or _nothing(found, text)


def _calls(found: Findings, text: str, *, cut: bool) -> Reply:
    """All the calls of a reply, in order: models that call functions may send several. One broken call stops all."""
    if found.half:
        raise _unreadable(found.half, text)
    calls = [value for value in found.values if value.call or (is_a_call(value.value) and _is_action(value.value))]
    if cut and calls[-1].open_ended:
        raise _cut_off(text)
    return _reply([value.value for value in calls], "")


def _others(values: list[Value], first: Any) -> list[str]:
    """A remark on further replies in the same answer, which are left out: they were written before any result."""
    more = sum(1 for value in values[1:] if value.value != first and _shape(value.value) is not None)
    return [f"Your answer held {more + 1} replies; only the first was carried out. Send one."] if more else []


def _meant(value: Value) -> tuple[list[Any], Any] | None:
    """The raw actions and notes of a value that was meant as a reply, else None."""
    if value.call:
        return [value.value], ""
    meant = _shape(value.value)
    if value.after_cut and not (isinstance(value.value, dict) and "actions" in value.value):
        return None
    return meant


def _shape(value: Any) -> tuple[list[Any], Any] | None:
    if isinstance(value, list):
        return (value, "") if any(_is_action(item) for item in value) else None
    if not isinstance(value, dict):
        return None
    listed = _list_in(value)
    if listed is not None:
        return listed, value.get("notes") or value.get("content") or ""
    if _is_action(value):
        return [{key: item for key, item in value.items() if key != "notes"}], value.get("notes", "")
    return _inner(*next(iter(value.items()))) if len(value) == 1 else None


def _list_in(value: dict[str, Any]) -> list[Any] | None:
    """The actions of an envelope, of a message with function calls, or of an object that holds a single one."""
    if "actions" in value:
        return _listed(value["actions"])
    calls = value.get("tool_calls")
    if isinstance(calls, list) and any(_is_action(item) for item in calls):
        return calls
    return [value["action"]] if isinstance(value.get("action"), dict) else None


def _inner(name: str, inner: Any) -> tuple[list[Any], Any] | None:
    """What an object with one field holds: a wrapping such as "response", or an action under its name."""
    if not isinstance(inner, dict):
        return None
    if "actions" in inner or "action" in inner:
        return _shape(inner)
    return ([{**inner, "type": name}], "") if "_" in name and name in CORE and name != "create_bead" else None


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


def _reply(raw: list[Any], notes: Any, beside: Sequence[str] = ()) -> Reply:
    said = notes_of(notes)
    if not raw:
        raise ReplyError("no_actions", 'Your reply has an empty list of "actions".', notes=said)
    remarks = [*beside]
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


def notes_of(notes: Any) -> str:
    """What a model said beside its actions, bounded and fit to be stored."""
    text = notes if isinstance(notes, str) else "" if notes is None else json.dumps(notes, ensure_ascii=False)
    return text[:10_000].encode(errors="replace").decode().replace("\0", "")


def _nothing(found: Findings, text: str) -> ReplyError:
    if found.thinking:
        return ReplyError("truncated", "Your reply was cut off inside its reasoning, before any action. Think shorter.")
    if found.broken and found.broken.cut:
        return _cut_off(text)
    if found.broken:
        return _unreadable(found.broken, text)
    if found.values and stands_alone(text, found.values[0]):
        return ReplyError(
            "invalid_action", 'Your JSON names no action: it needs "actions", a list of objects with a "type".'
        )
    if found.thought and not text[text.rfind(">") + 1 :].strip():
        return ReplyError("empty", "Your reply holds only reasoning and no action.")
    return ReplyError("prose", "Your reply is prose: it holds no JSON object with actions.")


def _unreadable(broken: Broken, text: str) -> ReplyError:
    if broken.cut:
        return _cut_off(text)
    at = broken.position
    return ReplyError(
        "invalid_json",
        f"The JSON of your reply cannot be read: {broken.reason} ({place(text, at)}): {excerpt(text, at)}",
    )


def _cut_off(text: str) -> ReplyError:
    return ReplyError(
        "truncated",
        f"Your reply was cut off before it was complete. It ends with: {' '.join(text[-120:].split())}\n"
        "Send fewer actions at a time, and change long files piece by piece with edit_code.",
    )
