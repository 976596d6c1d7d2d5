"""What a run that is on has to show for itself: how far it is, when it last got anywhere, what it has cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.columns import table
from loom_app.kernel.money import Micros
from loom_app.runs.models import Run, RunAction, Turn

RUNS, TURNS, ACTIONS = table(Run), table(Turn), table(RunAction)
THINKING = "model"
"""What a run is doing while it waits for an answer of the model."""
RESTING = "paused"
"""What it is doing while people have it rest."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A live run. `doing` is the type of its newest action, THINKING, RESTING, or empty: set up."""

    run_id: str
    turn: int
    doing: str
    progress_at: datetime
    cost_micros: Micros | None


async def worked_on(tx: AsyncSession, projects: frozenset[str] | None = None) -> list[str]:
    """The beads of `projects`, or of all, that a run is on for, whoever sees them."""
    query = select(RUNS.c.bead_id).where(RUNS.c.ended_at.is_(None))
    of = query if projects is None else query.where(RUNS.c.project_id.in_(projects))
    return [*(await tx.execute(of)).scalars()]


async def of_beads(tx: AsyncSession, bead_ids: Iterable[str]) -> dict[str, Evidence]:
    """The evidence of those of `bead_ids` that a run is on for."""
    wanted = list(bead_ids)
    runs = (await tx.execute(_runs(), {"beads": wanted})).all() if wanted else []
    ids = {"runs": [run.id for run in runs]}
    turns = {turn.run_id: turn for turn in (await tx.execute(_newest_turns(), ids)).all()} if runs else {}
    actions = {action.run_id: action for action in (await tx.execute(_newest_actions(), ids)).all()} if runs else {}
    return {run.bead_id: _evidence(run, turns.get(run.id), actions.get(run.id)) for run in runs}


def _evidence(run: Any, turn: Any | None, action: Any | None) -> Evidence:
    """`action` is the newest one of the newest turn."""
    moments = [run.created_at, run.started_at]
    moments += [turn.created_at, turn.replied_at] if turn else []
    moments += [action.started_at, action.ended_at] if action else []
    doing = (
        RESTING
        if run.paused_at
        else ""
        if turn is None
        else action.type
        if action
        else THINKING
        if turn.replied_at is None
        else ""
    )
    return Evidence(
        run_id=run.id,
        turn=turn.number if turn else 0,
        doing=doing,
        progress_at=max(moment for moment in moments if moment is not None),
        cost_micros=run.cost_micros,
    )


@cache
def _runs() -> Select[Any]:
    wanted = RUNS.c.bead_id.in_(bindparam("beads", expanding=True))
    columns = (RUNS.c[name] for name in ("id", "bead_id", "created_at", "started_at", "paused_at", "cost_micros"))
    return select(*columns).where(wanted, RUNS.c.ended_at.is_(None))


def _last() -> Any:
    """The number of the newest turn of each of the runs."""
    wanted = TURNS.c.run_id.in_(bindparam("runs", expanding=True))
    return select(TURNS.c.run_id, func.max(TURNS.c.number).label("number")).where(wanted).group_by("run_id").subquery()


@cache
def _newest_turns() -> Select[Any]:
    last = _last()
    here = and_(TURNS.c.run_id == last.c.run_id, TURNS.c.number == last.c.number)
    columns = (TURNS.c[name] for name in ("run_id", "number", "created_at", "replied_at"))
    return select(*columns).select_from(TURNS.join(last, here))


@cache
def _newest_actions() -> Select[Any]:
    """In their order, so that of each run the last one is the newest that was started."""
    last = _last()
    here = and_(ACTIONS.c.run_id == last.c.run_id, ACTIONS.c.turn == last.c.number)
    columns = (ACTIONS.c[name] for name in ("run_id", "type", "started_at", "ended_at"))
    started = select(*columns).select_from(ACTIONS.join(last, here)).where(ACTIONS.c.started_at.is_not(None))
    return started.order_by(ACTIONS.c.position)
