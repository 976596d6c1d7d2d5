"""The commands that agents ran, as actions of their runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.runs.models import Run, RunAction

TYPES = ("run_command",)


async def newest(
    tx: AsyncSession, actor: Actor, narrowed: Mapping[str, str | None], limit: int
) -> tuple[list[tuple[datetime, str]], int]:
    """When the newest commands in projects `actor` sees began, with their ids, and how many there are.

    `narrowed` are columns of the run.
    """
    where = _matching(actor, narrowed)
    columns: tuple[Any, ...] = (RunAction.started_at, RunAction.run_id, RunAction.turn, RunAction.position)
    query = select(*columns).join(Run, col(Run.id) == col(RunAction.run_id)).where(*where)
    ordered = query.order_by(col(RunAction.started_at).desc(), col(RunAction.run_id).desc()).limit(limit)
    counted = select(func.count()).select_from(RunAction).join(Run, col(Run.id) == col(RunAction.run_id)).where(*where)
    rows: Any = (await tx.execute(ordered)).all()
    return [(row[0], f"{row[1]}.{row[2]}.{row[3]}") for row in rows], (await tx.execute(counted)).scalar_one()


async def one(tx: AsyncSession, command_id: str, actor: Actor) -> Any | None:
    """The command `<run>.<turn>.<position>` with its run's bead, project and agent, if `actor` sees it."""
    run_id, turn, position = [*command_id.rsplit(".", 2), "", ""][:3]
    if not (turn.isdecimal() and position.isdecimal() and len(turn) < 9 and len(position) < 9):
        return None
    own: tuple[Any, ...] = (*RunAction.__table__.columns, Run.bead_id, Run.project_id, Run.agent_id)  # type: ignore[attr-defined]
    query = select(*own).join(Run, col(Run.id) == col(RunAction.run_id))
    wanted = (
        col(RunAction.run_id) == run_id, col(RunAction.turn) == int(turn), col(RunAction.position) == int(position),
    )  # fmt: skip
    return (await tx.execute(query.where(*wanted, *_matching(actor, {})))).first()


def _matching(actor: Actor, narrowed: Mapping[str, str | None]) -> list[ColumnElement[bool]]:
    wanted = [col(getattr(Run, name)) == value for name, value in narrowed.items() if value is not None]
    began = col(RunAction.started_at).is_not(None)
    return [col(RunAction.type).in_(TYPES), began, within(actor, col(Run.project_id)), *wanted]
