"""Where a bead stands: every change of status, by the one table of transitions, and what follows from it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import wip
from loom_app.beads.blocked import explain, telling_who_is_free
from loom_app.beads.lookup import get_to_change, touch
from loom_app.beads.models import TRANSITIONS, Bead, BeadStatus, Lease
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Conflict, Invalid

CLOSED = "closed"
"""What the beads tool calls done."""


def parse_status(text: str) -> BeadStatus:
    """The status `text` names; `closed` is done. Raises Invalid naming the four there are."""
    if text == CLOSED:
        return BeadStatus.DONE
    try:
        return BeadStatus(text)
    except ValueError as error:
        known = ", ".join(BeadStatus)
        raise Invalid(f"{text!r} is no status of a bead; it can be {known}.", code="unknown_status") from error


async def set_status(
    tx: AsyncSession, bead_id: str, status: str, *, actor: Actor, reason: str = "", restart: bool = False
) -> Bead:
    """Moves a bead, appends its events and tells which beads that sets free. Where it stands already it stays.

    Opened by a person, after done or with `restart` it starts afresh: no hops, no rest after a failure.
    Raises NotFound, Invalid for an unknown status and Conflict where the table of transitions has no such move, or
    where a person would move it into a column that is full: what agents have done is never held up by that.
    """
    to = parse_status(status)
    if actor.is_person:
        await wip.wait_turn(tx, bead_id, to)
    bead = await get_to_change(tx, bead_id, actor)
    before = bead.source_status or bead.status
    if to == bead.status and not bead.source_status:
        return _same_place(tx, bead, reason, actor)
    if to != bead.status:
        await _may_go(tx, bead, to, actor)
    afresh = restart or actor.kind == "user" or bead.status == BeadStatus.DONE
    async with telling_who_is_free(tx, [bead_id], actor):
        bead.status, bead.source_status = to, ""
        _settle(bead, reason, afresh=afresh)
        touch(bead)
    _tell_move(tx, bead, before, reason, actor)
    return bead


async def start(tx: AsyncSession, bead_id: str, *, holder: str, actor: Actor) -> Bead:
    """Sets a bead to work for `holder` and counts the hop. The caller has its lease.

    Raises Conflict when the bead is not open (naming where it stands), is blocked (naming by what), or In progress of
    its project is full.
    """
    await wip.wait_turn(tx, bead_id, BeadStatus.IN_PROGRESS)
    bead = await get_to_change(tx, bead_id, actor)
    if bead.status != BeadStatus.OPEN:
        raise Conflict(f"{bead_id} is {bead.status}, not open; only an open bead can be claimed.", code="bead_not_open")
    reasons = await explain(tx, bead_id, actor)
    if reasons:
        why = "; ".join(reason.why for reason in reasons)
        raise Conflict(
            f"{bead_id} is blocked: it {why}." if len(reasons) == 1 else f"{bead_id} is blocked: {why}.",
            code="bead_blocked",
            blocked_by=[reason.bead_id for reason in reasons if reason.bead_id],
        )
    await wip.admit(tx, bead.project_id, BeadStatus.IN_PROGRESS)
    before, was = bead.source_status or bead.status, bead.assigned_to
    bead.status, bead.source_status, bead.hops = BeadStatus.IN_PROGRESS, "", bead.hops + 1
    bead.assigned_before, bead.assigned_to = was, holder
    bead.not_before, bead.status_reason = None, ""
    touch(bead)
    _tell_move(tx, bead, before, "", actor)
    if was != holder:
        tell_assignment(tx, bead, was, actor)
    return bead


async def redispatch(tx: AsyncSession, bead_id: str, *, reason: str, actor: Actor) -> Bead:
    """Puts a bead back in the queue as if new. Raises NotFound, and Conflict while somebody holds it."""
    held = await tx.get(Lease, bead_id)
    if held is not None and held.expires_at is not None and held.expires_at > now():
        until = rfc3339(held.expires_at)
        raise Conflict(
            f"{bead_id} is being worked on by {held.holder} until {until}. Cancel that run first.",
            code="bead_held", holder=held.holder, run_id=held.run_id or None, alive=True, expires_at=until,
        )  # fmt: skip
    bead = await set_status(tx, bead_id, BeadStatus.OPEN, actor=actor, reason=reason, restart=True)
    bead.hops, bead.not_before = 0, None
    data = {"title": bead.title, "reason": reason}
    append(tx, "bead.redispatched", actor=actor, project_id=bead.project_id, subject_id=bead_id, data=data)
    return bead


def tell_assignment(tx: AsyncSession, bead: Bead, was: str, actor: Actor) -> None:
    """Appends that the bead passed from `was` to whom it is assigned now."""
    data = {"title": bead.title, "from": was, "to": bead.assigned_to}
    append(tx, "bead.assigned", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)


def _settle(bead: Bead, reason: str, *, afresh: bool) -> None:
    """Brings every field that follows from the status in line with it."""
    done = bead.status == BeadStatus.DONE
    bead.closed_at = now() if done else None
    bead.close_reason = reason if done else ""
    bead.status_reason = "" if done else reason
    if bead.status == BeadStatus.OPEN:
        if bead.assigned_before is not None:
            bead.assigned_to, bead.assigned_before = bead.assigned_before, None
        if afresh:
            bead.hops, bead.not_before = 0, None


def _same_place(tx: AsyncSession, bead: Bead, reason: str, actor: Actor) -> Bead:
    """Keeps a new reason, for it is all that changes."""
    kept = "close_reason" if bead.status == BeadStatus.DONE else "status_reason"
    if reason and reason != getattr(bead, kept):
        data: dict[str, Any] = {"fields": [kept], "changes": {kept: {"from": getattr(bead, kept), "to": reason}}}
        setattr(bead, kept, reason)
        touch(bead)
        append(tx, "bead.updated", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)
    return bead


async def _may_go(tx: AsyncSession, bead: Bead, to: BeadStatus, actor: Actor) -> None:
    if to not in TRANSITIONS[BeadStatus(bead.status)]:
        raise _no_such_move(bead, to)
    if actor.is_person:
        await wip.admit(tx, bead.project_id, to)


def _no_such_move(bead: Bead, to: BeadStatus) -> Conflict:
    allowed = sorted(TRANSITIONS[BeadStatus(bead.status)])
    return Conflict(
        f"{bead.id} is {bead.status}; from there it can go to {' or '.join(allowed)}, not to {to}.",
        code="no_such_move",
        status=bead.status,
        allowed=allowed,
    )


def _tell_move(tx: AsyncSession, bead: Bead, before: str, reason: str, actor: Actor) -> None:
    told = {"actor": actor, "project_id": bead.project_id, "subject_id": bead.id}
    data = {"title": bead.title, "from": before, "to": bead.status, "reason": reason}
    append(tx, "bead.status_change", data=data, **told)  # type: ignore[arg-type]
    if bead.status == BeadStatus.DONE:
        append(tx, "bead.completed", data={"title": bead.title, "reason": reason}, **told)  # type: ignore[arg-type]
