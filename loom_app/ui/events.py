"""Events of the log in words, for people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from loom_app.events.record import EventRecord
from loom_app.kernel.clock import rfc3339

TOLD = (
    "bead.", "run.claimed", "run.ended", "run.cancel_requested", "decision.", "project.created", "project.deleted",
    "provider.", "agent.spawned", "agent.deleted", "user.created",
)  # fmt: skip
"""Beginnings of the types worth telling; turns and actions of a run are told on its bead's page."""
TOLD_OTHERWISE = ("bead.completed", "bead.updated", "bead.assigned")
"""Said already by the move to Done and by whom a bead was given to, or too small to tell."""
STATUS_WORDS = {"open": "Open", "in_progress": "In progress", "blocked": "Blocked", "done": "Done"}


@dataclass
class Said:
    """One event in words: who, what before and after the subject, whose page to open, and when (RFC 3339)."""

    seq: int
    who: str
    before: str
    subject: str
    after: str
    href: str
    at: str


def say(event: EventRecord, names: dict[str, str]) -> Said | None:
    """The event in words; None for one that is not worth telling. `names` are what people call users and agents."""
    if not event.type.startswith(TOLD) or event.type in TOLD_OTHERWISE or _told_by_run(event):
        return None
    words = WORDS.get(event.type)
    text = words(event.data) if words else f"{event.type.replace('.', ' ').replace('_', ' ')}: {{}}"
    before, _, after = text.partition("{}")
    subject, href = _place(event)
    who = names.get(event.actor_id, _nobody(event))
    return Said(event.seq, who, before, subject, after, href, rfc3339(event.timestamp))


def _told_by_run(event: EventRecord) -> bool:
    """Whether another event of the same run says it: that it was given out, or that its bead is done."""
    if event.type == "bead.status_change":
        return event.actor_kind == "agent" and event.data.get("to") == "in_progress"
    return event.type == "run.ended" and event.data.get("status") == "finished"


def _place(event: EventRecord) -> tuple[str, str]:
    """What the event is about, and its page."""
    kind, subject = event.type.partition(".")[0], event.subject_id or ""
    named = str(event.data.get("name") or event.data.get("title") or subject)
    if kind in ("bead", "run"):
        return subject, f"/beads/{subject}"
    if kind == "decision":
        return named, "/decisions"
    if kind == "project":
        return named, f"/board?project={subject}" if event.type != "project.deleted" else "/projects"
    return named, {"agent": "/agents", "provider": "/system"}.get(kind, "")


def _nobody(event: EventRecord) -> str:
    return {"agent": "An agent", "user": "Somebody"}.get(event.actor_kind, "Loom")


def _moved(data: dict[str, Any]) -> str:
    to = STATUS_WORDS.get(str(data.get("to")), str(data.get("to", "")))
    return f"moved {{}} to {to}" if to else "changed the status of {}"


def _provider(data: dict[str, Any]) -> str:
    if data.get("status") in ("active", "healthy"):
        return "found {} working"
    if data.get("status") in ("error", "failed"):
        return "found {} not answering"
    return "changed the provider {}"


def _ended(data: dict[str, Any]) -> str:
    words = {"waiting": "set {} aside until a person answers", "cancelled": "stopped the run of {}"}
    reason = str(data.get("reason", "")).replace("_", " ")
    return words.get(str(data.get("status")), f"saw a run of {{}} end: {reason}")


def _resolved(data: dict[str, Any]) -> str:
    return "answered {}" if data.get("status") != "expired" else "let the default hold for {}"


def _given(data: dict[str, Any]) -> str:
    return f"gave {{}} to {data.get('agent') or 'an agent'}"


WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "bead.created": lambda _: "filed {}",
    "bead.unblocked": lambda _: "set {} free",
    "bead.redispatched": lambda _: "asked for another run of {}",
    "bead.status_change": _moved,
    "bead.claimed": lambda _: "claimed {}",
    "run.claimed": _given,
    "run.ended": _ended,
    "run.cancel_requested": lambda _: "asked to stop the run of {}",
    "decision.created": lambda _: "asked for a decision: {}",
    "decision.resolved": _resolved,
    "project.created": lambda _: "made the project {}",
    "project.deleted": lambda _: "removed the project {}",
    "provider.registered": lambda _: "registered the provider {}",
    "provider.updated": _provider,
    "provider.deleted": lambda _: "removed the provider {}",
    "agent.spawned": lambda _: "added {} to the team",
    "agent.deleted": lambda _: "let {} go",
    "user.created": lambda _: "made an account",
}
