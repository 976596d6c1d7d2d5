"""What the runs of a project have cost."""

from datetime import timedelta
from typing import Any

from httpx import AsyncClient

from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.runs.models import Run, RunStatus
from tests.support import rows


async def ran(db: Database, number: int, agent_id: str, *, days_ago: int = 0, **more: Any) -> None:
    async with db.write() as tx:
        moment = now() - timedelta(days=days_ago)
        tx.add(
            Run(
                id=f"run-{number}", project_id="kitchen", bead_id="kitchen-1", agent_id=agent_id, provider_id="m",
                model="m", token=number, status=RunStatus.FINISHED, created_at=moment, ended_at=moment, **more,
            )
        )  # fmt: skip


async def test_by_day_and_agent_with_what_has_no_price_apart(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    await rows.bead(db)
    nothing = (await client.get("/api/v1/projects/kitchen/spend?days=2")).json()
    assert (nothing["runs"], nothing["cost_micros"], [day["runs"] for day in nothing["by_day"]]) == (0, 0, [0, 0])
    await ran(db, 1, "cook", cost_micros=250, tokens_input=10, tokens_output=5)
    await ran(db, 2, "cook", days_ago=1, cost_micros=100, tokens_input=3)
    await ran(db, 3, "waiter", tokens_input=7)
    await ran(db, 4, "cook", days_ago=40, cost_micros=1_000_000)
    spend = (await client.get("/api/v1/projects/kitchen/spend?days=2")).json()
    assert (spend["runs"], spend["cost_micros"], spend["unpriced"], spend["tokens"]) == (4, 1_000_350, 1, 25)
    assert [(one["agent_id"], one["cost_micros"], one["runs"]) for one in spend["by_agent"]] == [
        ("cook", 1_000_350, 3), ("waiter", 0, 1),
    ]  # fmt: skip
    assert [(day["cost_micros"], day["unpriced"]) for day in spend["by_day"]] == [(100, 0), (250, 1)]
    assert spend["by_day"][1]["day"] == now().date().isoformat()
