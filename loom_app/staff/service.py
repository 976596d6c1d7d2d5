"""Agents as people see them: with the evidence for what they do."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import AgentStatus
from loom_app.agents.schemas import AgentView
from loom_app.config import Settings
from loom_app.kernel.money import dollars, dollars_known
from loom_app.runs import evidence, lease
from loom_app.staff import repository
from loom_app.staff.schemas import AgentShown, Progress, Spent
from loom_app.staff.standing import standing


async def shown(tx: AsyncSession, rows: Sequence[Any], settings: Settings) -> list[AgentShown]:
    """The agents of `rows`, in their order, in a handful of queries however many they are."""
    progress = await _progress(tx, [row.current_bead for row in rows if row.current_bead], settings)
    spent = await repository.spent(tx, [row.id for row in rows])
    idle = {row.project_id for row in rows if row.status == AgentStatus.IDLE}
    ready = await repository.open_beads(tx, sorted(idle))
    return [
        _shown(row, progress.get(row.current_bead), spent.get(row.id), ready.get(row.project_id, 0)) for row in rows
    ]


async def _progress(tx: AsyncSession, bead_ids: list[str], settings: Settings) -> dict[str, Progress]:
    """Bead → what the run that is on for it has to show."""
    if not bead_ids:
        return {}
    found = await evidence.of_beads(tx, bead_ids)
    held, titles = await lease.of_many(tx, bead_ids), await repository.titles(tx, bead_ids)
    return {
        bead_id: Progress(
            run_id=one.run_id, bead_id=bead_id, bead_title=titles.get(bead_id, ""), turn=one.turn,
            max_turns=settings.runs.max_turns, doing=one.doing, progress_at=one.progress_at,
            cost_micros=one.cost_micros, cost=dollars(one.cost_micros),
            lease_until=held[bead_id].expires_at if bead_id in held else None,
        )
        for bead_id, one in found.items()
    }  # fmt: skip


def _shown(row: Any, progress: Progress | None, took: Any | None, ready: int) -> AgentShown:
    spent = (
        Spent(**{name: int(getattr(took, name)) for name in ("runs", "cost_micros", "unpriced", "tokens")})
        if took
        else Spent()
    )
    return AgentShown(
        **AgentView.model_validate(row).model_dump(),
        standing=standing(row, progress, ready),
        progress=progress,
        spent=spent.model_copy(update={"cost": dollars_known(spent.cost_micros, spent.unpriced)}),
    )
