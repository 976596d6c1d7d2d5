"""Events of the log in words, for people."""

from dataclasses import dataclass

from loom_app.events.models import Event
from loom_app.events.record import EventRecord
from loom_app.kernel.clock import rfc3339
from loom_app.ui.event_words import words

TOLD = (
    "bead.", "run.claimed", "run.ended", "run.cancel_requested", "run.paused", "run.resumed", "run.nudged",
    "run.take_over_requested", "run.given_back", "decision.", "project.created", "project.deleted", "provider.",
    "agent.spawned", "agent.deleted", "user.created",
)  # fmt: skip
"""Beginnings of the types worth telling; turns and actions of a run are told on its bead's page."""
TOLD_OTHERWISE = ("bead.completed", "bead.updated", "bead.assigned", "bead.comment_updated", "bead.comment_deleted")
"""Said already by the move to Done and by whom a bead was given to, or too small to tell."""


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


def say(event: EventRecord | Event, names: dict[str, str]) -> Said | None:
    """The event in words; None for one that is not worth telling. `names` are what people call users and agents."""
    if not event.type.startswith(TOLD) or event.type in TOLD_OTHERWISE or _told_by_run(event):
        return None
    return in_words(event, names)


def in_words(event: EventRecord | Event, names: dict[str, str]) -> Said:
    """Any event in words; a type that has none yet is told by its name."""
    before, gap, after = words(event.type, event.data).partition("{}")
    subject, href = _place(event) if gap else ("", "")
    who = names.get(event.actor_id, _nobody(event))
    return Said(event.seq or 0, who, before, subject, after, href, rfc3339(event.timestamp))


def _told_by_run(event: EventRecord | Event) -> bool:
    """Whether another event of the same run says it: that it was given out, or that its bead is done."""
    if event.type == "bead.status_change":
        return event.actor_kind == "agent" and event.data.get("to") == "in_progress"
    return event.type == "run.ended" and event.data.get("status") == "finished"


def _place(event: EventRecord | Event) -> tuple[str, str]:
    """What the event is about, and its page."""
    kind, subject = event.type.partition(".")[0], event.subject_id or ""
    named = str(event.data.get("name") or event.data.get("title") or event.data.get("file_path") or subject)
    if kind in ("bead", "run"):
        return subject, f"/beads/{subject}"
    if kind == "decision":
        return named, f"/decisions?id={subject}" if event.type != "decision.rules_set" else "/decisions"
    if kind == "project":
        return named, f"/board?project={subject}" if event.type != "project.deleted" else "/projects"
    if kind in ("user", "session"):
        return str(event.data.get("username") or subject), _user(event, subject)
    if kind == "key":
        return named, _user(event, subject)
    return named, {"agent": "/agents", "provider": "/system"}.get(kind, "")


def _user(event: EventRecord | Event, user_id: str) -> str:
    return f"/users/{user_id}" if user_id and event.type != "user.deleted" else ""


def _nobody(event: EventRecord | Event) -> str:
    return {"agent": "An agent", "user": "Somebody"}.get(event.actor_kind, "Loom")
