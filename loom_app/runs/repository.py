"""Queries of runs, turns and actions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, Bead
from loom_app.kernel.actor import Actor
from loom_app.kernel.columns import table
from loom_app.kernel.scope import within
from loom_app.runs.models import LIVE, Run, RunAction, RunStatus, TerminalReason, Turn

TURNS, ACTIONS = table(Turn), table(RunAction)
WORKED = col(Run.terminal_reason) != TerminalReason.PAIRED
"""Of runs that do, or did, more than talk with a person."""
RUN_COLUMNS = tuple(column for column in Run.__table__.columns if column.name != "diff")  # type: ignore[attr-defined]


async def get(tx: AsyncSession, run_id: str, *, to_change: bool = False) -> Run | None:
    """The run; as it is now and kept from others when it is `to_change`."""
    return await tx.get(Run, run_id, populate_existing=to_change, with_for_update=to_change)


async def turn(tx: AsyncSession, run_id: str, number: int) -> Turn | None:
    """One turn."""
    return await tx.get(Turn, (run_id, number))


async def turns(tx: AsyncSession, run_id: str) -> Sequence[Turn]:
    """The turns of a run in order."""
    query = select(Turn).where(col(Turn.run_id) == run_id).order_by(col(Turn.number))
    return (await tx.execute(query)).scalars().all()


async def gists(tx: AsyncSession, run_id: str, upto: int | None = None) -> Sequence[Row[Any]]:
    """The turns of a run, or those up to number `upto`: their gists, and how their prompts were fitted."""
    names = ("number", "gist", "context", "tokens_input", "tokens_estimated", "replied_at")
    query = select(*(TURNS.c[name] for name in names)).where(TURNS.c.run_id == run_id)
    if upto is not None:
        query = query.where(TURNS.c.number <= upto)
    return (await tx.execute(query.order_by(TURNS.c.number))).all()


async def outlines(tx: AsyncSession, run_id: str) -> Sequence[Row[Any]]:
    """The numbers and gists of all turns of a run, in order."""
    query = select(*(TURNS.c[name] for name in ("number", "gist"))).where(TURNS.c.run_id == run_id)
    return (await tx.execute(query.order_by(TURNS.c.number))).all()


async def texts(tx: AsyncSession, run_id: str, *, after: int, upto: int) -> dict[int, Any]:
    """What was said in the first turn of a run and in those after number `after` up to `upto`."""
    names = ("number", "system_prompt", "prompt", "reply", "format", "tool_calls", "said", "tool_results")
    which = or_(TURNS.c.number.between(after + 1, upto), TURNS.c.number == 1)
    query = select(*(TURNS.c[name] for name in names)).where(TURNS.c.run_id == run_id, which)
    return {row.number: row for row in (await tx.execute(query)).all()}


async def deeds(tx: AsyncSession, run_id: str, *, since: int) -> Sequence[Row[Any]]:
    """The actions of the turns of a run from number `since` on, in order, as plain rows."""
    names = ("turn", "type", "parameters", "status", "message", "result")
    query = select(*(ACTIONS.c[name] for name in names)).where(ACTIONS.c.run_id == run_id, ACTIONS.c.turn >= since)
    return (await tx.execute(query.order_by(ACTIONS.c.turn, ACTIONS.c.position))).all()


async def actions(tx: AsyncSession, run_id: str, number: int | None = None) -> Sequence[RunAction]:
    """The actions of a run, or of one of its turns, in order."""
    query = select(RunAction).where(col(RunAction.run_id) == run_id)
    if number is not None:
        query = query.where(col(RunAction.turn) == number)
    ordered = query.order_by(col(RunAction.turn), col(RunAction.position))
    return (await tx.execute(ordered)).scalars().all()


async def page(
    tx: AsyncSession, actor: Actor, *, limit: int, offset: int, bead_id: str | None = None, agent_id: str | None = None,
    project_id: str | None = None, live: bool | None = None,
) -> tuple[Sequence[Row[Any]], int]:  # fmt: skip
    """The runs `actor` sees without their diffs, newest first, and how many match in all."""
    query = select(*RUN_COLUMNS).where(within(actor, col(Run.project_id)))
    for column, wanted in ((Run.bead_id, bead_id), (Run.agent_id, agent_id), (Run.project_id, project_id)):
        if wanted is not None:
            query = query.where(col(column) == wanted)
    if live is not None:
        query = query.where(col(Run.ended_at).is_(None) if live else col(Run.ended_at).is_not(None))
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    newest = query.order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(limit).offset(offset)
    return (await tx.execute(newest)).all(), total


async def conversations(tx: AsyncSession, *, limit: int, project_id: str = "", bead_id: str = "") -> Sequence[Any]:
    """The newest runs of a project or a bead whose conversation is not deleted, with when something was said last."""
    said = func.max(func.coalesce(col(Turn.replied_at), col(Turn.created_at)))
    last = select(said).where(col(Turn.run_id) == col(Run.id)).scalar_subquery().label("said_at")
    query = select(*RUN_COLUMNS, last).where(col(Run.conversation_deleted_at).is_(None))
    query = query.where(col(Run.bead_id) == bead_id if bead_id else col(Run.project_id) == project_id)
    return (await tx.execute(query.order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(limit))).all()


async def resting(tx: AsyncSession, *, bead_id: str = "", project_id: str = "") -> Sequence[Run]:
    """The runs that rest on a bead, or on any of a project."""
    of = col(Run.bead_id) == bead_id if bead_id else col(Run.project_id) == project_id
    query = select(Run).where(of, col(Run.ended_at).is_(None), col(Run.paused_at).is_not(None))
    return (await tx.execute(query)).scalars().all()


async def last_ended(tx: AsyncSession, bead_id: str) -> Run | None:
    """The bead's newest run that is over and did more than talk."""
    query = select(Run).where(col(Run.bead_id) == bead_id, col(Run.ended_at).is_not(None), WORKED)
    return (await tx.execute(query.order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(1))).scalars().first()


async def unstarted(tx: AsyncSession) -> Sequence[Any]:
    """Claimed runs that no workflow has taken up yet: (id, bead_id, project_id, agent_id, token)."""
    columns = (Run.id, Run.bead_id, Run.project_id, Run.agent_id, Run.token)
    query = select(*map(col, columns)).where(col(Run.status) == RunStatus.CLAIMED)
    return (await tx.execute(query.order_by(col(Run.created_at)).limit(200))).all()


async def live_ids(tx: AsyncSession) -> list[str]:
    """Runs that are not over."""
    return list((await tx.execute(select(col(Run.id)).where(col(Run.status).in_(LIVE)))).scalars())


async def filed_for(tx: AsyncSession, bead: Bead, title: str) -> str:
    """The bead called `title` that a run of `bead` has filed, "" for none; one that was deleted counts as none."""
    query = select(Bead).where(
        col(Bead.project_id) == bead.project_id, col(Bead.title) == title, col(Bead.source_status) != TOMBSTONE
    )
    found = (await tx.execute(query.order_by(col(Bead.created_at), col(Bead.id)))).scalars()
    return next((row.id for row in found if row.context.get("filed_in") == bead.id), "")
