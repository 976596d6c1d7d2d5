"""Why a bead is not given out yet: every reason, since and until when, and the way out. A Standing in, words out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from loom_app.beads.models import BeadStatus
from loom_app.beads.ready import PERSON_TAG, UNDISPATCHED_TYPES
from loom_app.decisions.answers import Kind
from loom_app.dispatch.standing import Standing
from loom_app.dispatch.waiting_team import of_team
from loom_app.dispatch.waits import Wait
from loom_app.projects.models import ProjectStatus

TAG = f"The tag {PERSON_TAG} keeps it for a person"


@dataclass(frozen=True)
class Explained:
    """Whether the bead is done, worked on, waiting or next, and everything it waits for."""

    state: str
    waits: tuple[Wait, ...]


def explained(at: Standing, moment: datetime) -> Explained:
    """How the bead stands at `moment`."""
    status = at.bead.status
    if status == BeadStatus.DONE:
        return Explained("done", ())
    if status == BeadStatus.IN_PROGRESS:
        is_held = at.held is not None and at.held.expires_at > moment
        return Explained("working", ()) if is_held else Explained("waiting", (_by_hand(at),))
    waits = tuple(_all(at, moment))
    return Explained("waiting" if waits else "next", waits)


def _all(at: Standing, moment: datetime) -> Iterator[Wait]:
    yield from _set_aside(at)
    for reason in at.reasons:
        since = max(at.bead.created_at, reason.open_since) if reason.open_since else at.bead.created_at
        yield Wait(
            "blocked_by", f"It is blocked {reason.why}.", since, bead_id=reason.bead_id,
            way_out="It goes on by itself once that is done, or when the dependency is taken away.",
        )  # fmt: skip
    yield from _not_yet(at, moment)
    yield from _not_for_agents(at)
    yield from _children(at)
    yield from _of_project(at)
    if at.bead.status == BeadStatus.OPEN:
        yield from _of_programs(at)
        yield from of_team(at, moment)


def _set_aside(at: Standing) -> Iterator[Wait]:
    bead, asked = at.bead, at.decision
    if bead.status != BeadStatus.BLOCKED:
        if bead.hops >= at.max_hops:
            why = f"It was given to agents {bead.hops} times, which is the most; people are asked next."
            yield Wait("hop_limit", why, at.since("status"), way_out="“Try again now” begins afresh.")
        return
    if asked is None:
        why = bead.status_reason or "It was set aside."
        yield Wait("set_aside", why, at.since("status"), way_out="Move it to Open to have it taken up again.")
        return
    code, why = "decision", f"It waits for an answer: {asked.question}"
    if asked.kind == Kind.REVIEW and asked.assigned_to.startswith("agent-"):
        code, why = "review", bead.status_reason
    if bead.hops >= at.max_hops:
        code, why = "hop_limit", f"It was given to agents {bead.hops} times without getting done, so people are asked."
    yield Wait(
        code, why, asked.created_at, until=asked.deadline, decision_id=asked.id,
        way_out=f"Answer the decision {asked.id}, or move the bead to Open.",
    )  # fmt: skip


def _by_hand(at: Standing) -> Wait:
    how = "It is in progress with a person" if at.bead.assigned_to else "It was put to In progress by hand"
    why = f"{how}; no agent works on it."
    return Wait("by_hand", why, at.since("status"), way_out="Move it to Open to have an agent take it.")


def _not_yet(at: Standing, moment: datetime) -> Iterator[Wait]:
    bead, parent = at.bead, at.deferred_parent
    if bead.defer_until and bead.defer_until > moment:
        way_out = "Empty “deferred until” to have it taken up before."
        yield Wait("deferred", "It is deferred.", at.since("defer_until"), until=bead.defer_until, way_out=way_out)
    if parent is not None and parent.defer_until and parent.defer_until > moment:
        yield Wait(
            "parent_deferred", f"What it is a part of, {at.parent_named}, is deferred.", bead.created_at,
            until=parent.defer_until, way_out="Empty “deferred until” of that.",
        )  # fmt: skip
    if bead.not_before and bead.not_before > moment:
        last = at.last_run
        told = f" The last one: {last.message}" if last and last.message else ""
        times = "one run" if bead.hops == 1 else f"{bead.hops} runs"
        since = last.ended_at if last and last.ended_at else at.since("status")
        way_out = "“Try again now” gives it out at once and begins to count afresh."
        why = f"It rests after {times} that did not finish it.{told}"
        yield Wait("resting", why, since, until=bead.not_before, way_out=way_out)


def _not_for_agents(at: Standing) -> Iterator[Wait]:
    bead = at.bead
    if PERSON_TAG in bead.tags:
        yield Wait("for_a_person", f"{TAG}.", at.since("tags"), way_out="Take the tag off once that is done.")
    if bead.type in UNDISPATCHED_TYPES:
        why = f"Beads of the type {bead.type} are not given to agents."
        yield Wait("not_for_agents", why, at.since("type"), way_out="Give it another type.")
    if bead.pinned or bead.ephemeral:
        word = "pinned" if bead.pinned else "ephemeral"
        why = f"It is {word}; such beads are not given to agents."
        yield Wait("not_for_agents", why, at.since(word), way_out=f"Take {word} off.")
    if bead.source_status not in ("", "open") and bead.status == BeadStatus.OPEN:
        why = f"Its status is {bead.source_status}, in which nobody takes it up."
        yield Wait("not_for_agents", why, at.since("status", "source_status"), way_out="Move it to Open.")


def _children(at: Standing) -> Iterator[Wait]:
    if not at.children:
        return
    named = [one for one in at.children if one]
    what = ", ".join(named) or "work in another project"
    yield Wait(
        "children_open", f"It is an epic, and what is under it is not done yet: {what}.", at.bead.created_at,
        bead_id=named[0] if named else None, way_out="It is given out by itself once everything under it is done.",
    )  # fmt: skip


def _of_programs(at: Standing) -> Iterator[Wait]:
    if at.halt is not None:
        way_out = "It goes on by itself once that runs again; the page System and its log say why it does not."
        yield Wait(f"{at.halt.program}_away", at.halt.why, at.halt.since, way_out=way_out)


def _of_project(at: Standing) -> Iterator[Wait]:
    project = at.project
    if project.status == ProjectStatus.CLOSED:
        since = project.closed_at or project.updated_at
        yield Wait("project_closed", "Its project is closed.", since, way_out="Open the project again.")
    if at.not_ready:
        since = at.not_ready_since or project.updated_at
        yield Wait("project_not_ready", at.not_ready, since, way_out="The project's page says how to mend that.")
    if at.column and at.bead.status == BeadStatus.OPEN:
        since = max((one.since for one in at.live.values() if one.since), default=project.updated_at)
        way_out = "Move one of those beads on, or raise the limit of the column."
        yield Wait("column_full", f"{at.column}.", since, way_out=way_out)
