"""Where a bead stands: every change of status, by the one table of transitions, and what follows from it."""

from typing import Any

from sqlalchemy import and_, update
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository, wip
from loom_app.beads.blocked import explain, in_words
from loom_app.beads.graph import is_finished, is_over, shown_status
from loom_app.beads.history import changing, watched
from loom_app.beads.lookup import get_to_change, refuse_if_held, touch
from loom_app.beads.models import TOMBSTONE, TRANSITIONS, Bead, BeadStatus
from loom_app.beads.settling import settle
from loom_app.beads.statuses import OTHERS, placed
from loom_app.beads.tables import LEASES
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import service as projects


async def set_status(
    tx: AsyncSession, bead_id: str, status: str, *, actor: Actor, reason: str = "", restart: bool = False
) -> Bead:
    """Moves a bead, appends its events and tells which beads that sets free. Where it stands already it stays.

    Opened by a person, after done (but not by an agent) or with `restart` it starts afresh: no hops, no rest.
    Raises NotFound, Invalid for an unknown status and Conflict where the table of transitions has no such move, or
    where a person would move it into a column that is full: what agents have done is never held up by that.
    """
    if actor.is_person and watched(tx, bead_id) is None:
        await wip.wait_turn(tx, bead_id, placed(status)[0])
    async with changing(tx, actor, reason):
        bead = await get_to_change(tx, bead_id, actor)
        to, source_status = await _known(tx, bead, status)
        before = shown_status(bead)
        if (to, source_status) == (bead.status, bead.source_status):
            return _same_place(tx, bead, reason, actor)
        if to != bead.status:
            await _may_go(tx, bead, to, actor)
            await _end_claim(tx, bead_id)
        afresh = restart or actor.kind == "user" or (bead.status == BeadStatus.DONE and actor.kind != "agent")
        held_up = is_over(bead), is_finished(bead)
        bead.status, bead.source_status = to, source_status
        _follow(bead, reason, afresh=afresh)
        touch(bead)
        if (is_over(bead), is_finished(bead)) != held_up:
            await settle(tx, [bead_id], actor)
        tell_move(tx, bead, before, reason, actor)
        return bead


async def start(tx: AsyncSession, bead_id: str, *, holder: str, actor: Actor, why: str = "") -> Bead:
    """Sets a bead to work for `holder` and counts the hop. The caller has its lease.

    Raises Conflict when the bead is not open (naming where it stands), is blocked (naming by what), or In progress of
    its project is full.
    """
    is_limited = await wip.wait_turn(tx, bead_id, BeadStatus.IN_PROGRESS)
    async with changing(tx, actor, why):
        bead = await get_to_change(tx, bead_id, actor)
        await _refuse_if_not_free(tx, bead, actor)
        if is_limited:
            await wip.admit(tx, bead.project_id, BeadStatus.IN_PROGRESS)
        before, was = shown_status(bead), bead.assigned_to
        bead.status, bead.source_status, bead.hops = BeadStatus.IN_PROGRESS, "", bead.hops + 1
        bead.assigned_before, bead.assigned_to = was, holder
        bead.not_before, bead.status_reason = None, ""
        touch(bead)
        tell_move(tx, bead, before, "", actor)
        if was != holder:
            tell_assignment(tx, bead, was, actor)
        return bead


async def pass_to(tx: AsyncSession, bead_id: str, holder: str, *, actor: Actor, reason: str) -> Bead:
    """Leaves a bead in progress with another, who goes on with it; opened again, it is whose it was before all that."""
    async with changing(tx, actor, reason):
        bead = await get_to_change(tx, bead_id, actor)
        was, bead.assigned_to, bead.status_reason = bead.assigned_to, holder, reason
        touch(bead)
        if was != holder:
            tell_assignment(tx, bead, was, actor)
        return bead


async def _refuse_if_not_free(tx: AsyncSession, bead: Bead, actor: Actor) -> None:
    await projects.get_open(tx, bead.project_id)
    if bead.status != BeadStatus.OPEN:
        raise Conflict(f"{bead.id} is {bead.status}, not open; only an open bead can be claimed.", code="bead_not_open")
    reasons = await explain(tx, bead.id, actor) if bead.is_blocked else []
    if reasons:
        raise Conflict(
            f"{bead.id} is blocked {in_words(reasons)}.",
            code="bead_blocked",
            blocked_by=[reason.bead_id for reason in reasons if reason.bead_id],
        )


async def redispatch(tx: AsyncSession, bead_id: str, *, reason: str, actor: Actor) -> Bead:
    """Puts a bead back in the queue as if new. Raises NotFound, and Conflict while somebody holds it."""
    async with changing(tx, actor, reason):
        await get_to_change(tx, bead_id, actor)
        await refuse_if_held(tx, [bead_id], "be given out again")
        bead = await set_status(tx, bead_id, BeadStatus.OPEN, actor=actor, reason=reason, restart=True)
        bead.hops, bead.not_before = 0, None
        data = {"title": bead.title, "reason": reason}
        append(tx, "bead.redispatched", actor=actor, project_id=bead.project_id, subject_id=bead_id, data=data)
        return bead


async def _known(tx: AsyncSession, bead: Bead, name: str) -> tuple[BeadStatus, str]:
    """Where a status is. Raises Invalid, naming those there are, for one the bead cannot have."""
    to, source_status = placed(name)
    if source_status in ("", *OTHERS, bead.source_status):
        return to, source_status
    customary = sorted(await repository.source_statuses(tx, bead.project_id) - {TOMBSTONE, *OTHERS})
    if source_status not in customary:
        known = ", ".join((*BeadStatus, *OTHERS, *customary))
        raise Invalid(
            f"{name[:60]!r} is no status of a bead; it can be {known}. Others come with a project's file.",
            code="unknown_status",
        )
    return to, source_status


def tell_assignment(tx: AsyncSession, bead: Bead, was: str, actor: Actor) -> None:
    """Appends that the bead passed from `was` to whom it is assigned now."""
    data = {"title": bead.title, "from": was, "to": bead.assigned_to}
    append(tx, "bead.assigned", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)


async def _end_claim(tx: AsyncSession, bead_id: str) -> None:
    """Gives back a bead that was claimed without a run, and so has nobody else to do it."""
    claim = and_(LEASES.c.bead_id == bead_id, LEASES.c.run_id == "", LEASES.c.holder != "")
    await tx.execute(update(LEASES).where(claim).values(holder="", expires_at=None))


def _follow(bead: Bead, reason: str, *, afresh: bool) -> None:
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


def tell_move(tx: AsyncSession, bead: Bead, before: str, reason: str, actor: Actor) -> None:
    """Appends that the bead, which stood at `before`, stands where it does now."""
    told = {"actor": actor, "project_id": bead.project_id, "subject_id": bead.id}
    data = {"title": bead.title, "from": before, "to": shown_status(bead), "reason": reason}
    append(tx, "bead.status_change", data=data, **told)  # type: ignore[arg-type]
    if bead.status == BeadStatus.DONE:
        append(tx, "bead.completed", data={"title": bead.title, "reason": reason}, **told)  # type: ignore[arg-type]
