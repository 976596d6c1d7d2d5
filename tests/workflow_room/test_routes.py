"""What the database knows of workflows, while Temporal is away: listed, counted, filtered, and under who sees what."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.bootstrap.models import Bootstrap, BootstrapStatus
from loom_app.config import Settings, Temporal
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.runs.models import Run, RunStatus, Turn
from tests.support import people, rows
from tests.support.ports import free_ports

LIST = "/api/v1/temporal/workflows"
STARTED = now() - timedelta(hours=3)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody is at the address of Temporal."""
    (port,) = free_ports(1)
    return settings.model_copy(update={"temporal": Temporal(port=port)})


@pytest.fixture
async def kitchen(db: Database) -> Database:
    """A project with runs in every state, decisions and a bootstrap, each an hour after the one before."""
    await rows.project(db)
    agent = await rows.agent(db)
    runs: tuple[tuple[str, dict[str, Any]], ...] = (
        (RunStatus.RUNNING, {"started_at": STARTED, "turn_count": 2}),
        (RunStatus.RUNNING, {"paused_at": STARTED, "pause_requested": True}),
        (RunStatus.FAILED, {"ended_at": STARTED, "message": "The oven is cold."}),
        (RunStatus.CANCELLED, {"ended_at": STARTED}),
        (RunStatus.FINISHED, {"ended_at": STARTED}),
        (RunStatus.WAITING, {"ended_at": STARTED}),
        (RunStatus.FINISHED, {"ended_at": STARTED, "paired_with": "somebody"}),
    )
    for number, (status, more) in enumerate(runs, start=1):
        await rows.bead(db, f"kitchen-{number}")
        async with db.write() as tx:
            tx.add(
                Run(
                    id=f"run-{number}", bead_id=f"kitchen-{number}", project_id="kitchen", agent_id=agent,
                    provider_id="model", model="m", token=number, status=status,
                    created_at=STARTED + timedelta(minutes=number), **more,
                )
            )  # fmt: skip
    async with db.write() as tx:
        tx.add(Turn(run_id="run-1", number=2, prompt="x", replied_at=STARTED + timedelta(hours=2)))
        tx.add(Bootstrap(project_id="kitchen", status=BootstrapStatus.FAILED, prd="x", created_at=STARTED))
        for name, status in (("open", DecisionStatus.OPEN), ("answered", DecisionStatus.DECIDED)):
            tx.add(
                Decision(
                    id=f"bd-dec-{name}", project_id="kitchen", bead_id="kitchen-1", kind="question", title="Salt?",
                    question="Salt?", default_option="no", deadline=now(), requester_id="a", status=status,
                    decision="yes" if name == "answered" else "", created_at=STARTED - timedelta(hours=1),
                )
            )  # fmt: skip
    return db


async def listed(http: AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await http.get(LIST, params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [one["id"] for one in found["workflows"]]


async def test_workflows_are_listed_counted_and_filtered(kitchen: Database, client: AsyncClient) -> None:
    found = await listed(client)
    assert found["temporal"]["answers"] is False
    assert "nothing is lost" in found["temporal"]["why"]
    assert found["states"] == {"running": 1, "waiting": 2, "failed": 2, "completed": 3, "cancelled": 1}
    assert found["count"] == 9
    assert ids(found)[:2] == ["bead-kitchen-6-6", "bead-kitchen-5-5"]
    assert ids(found)[6] == "bootstrap-kitchen-1"
    one = next(row for row in found["workflows"] if row["id"] == "bead-kitchen-1-1")
    assert (one["type"], one["state"], one["turn"]) == ("BeadProcessingWorkflow", "running", 2)
    assert (one["title"], one["agent"], one["temporal"]) == ("Weigh the flour", "Qa-Engineer", None)
    assert one["moved_at"] > one["since"]
    assert [deed["name"] for deed in one["deeds"]] == ["pause", "cancel"]
    for asked, wanted in (
        ({"state": "waiting"}, {"bead-kitchen-2-2", "bd-dec-open"}),
        ({"state": "failed"}, {"bead-kitchen-3-3", "bootstrap-kitchen-1"}),
        ({"type": "DecisionWorkflow"}, {"bd-dec-open", "bd-dec-answered"}),
        ({"bead_id": "kitchen-1"}, {"bead-kitchen-1-1", "bd-dec-open", "bd-dec-answered"}),
        ({"bead_id": "kitchen-1", "state": "running"}, {"bead-kitchen-1-1"}),
        ({"agent_id": "nobody"}, set()),
        ({"project_id": "garden"}, set()),
        ({"type": "Unheard"}, set()),
    ):
        narrowed = await listed(client, **asked)
        assert (set(ids(narrowed)), narrowed["count"]) == (wanted, len(wanted)), asked
    assert (await client.get(LIST, params={"state": "asleep"})).status_code == 422


async def test_pages_follow_each_other_without_a_gap(kitchen: Database, client: AsyncClient) -> None:
    whole = ids(await listed(client))
    parts = [ids(await listed(client, limit=2, offset=offset)) for offset in range(0, 10, 2)]
    assert [one for part in parts for one in part] == whole
    assert (await client.get(LIST, params={"limit": 2})).headers["X-Total-Count"] == "9"


async def test_one_is_told_with_what_can_be_done(kitchen: Database, client: AsyncClient) -> None:
    for name, deeds in (
        ("bead-kitchen-2-2", ["/api/v1/runs/run-2/resume", "/api/v1/runs/run-2/cancel"]),
        ("bootstrap-kitchen-1", ["/api/v1/projects/kitchen/bootstrap/retry"]),
        ("bd-dec-open", []),
        ("bead-kitchen-3-3", []),
    ):
        told = (await client.get(f"{LIST}/{name}")).json()
        assert (told["workflow"]["id"], told["steps"], told["temporal"]["answers"]) == (name, [], False)
        assert [deed["href"] for deed in told["workflow"]["deeds"]] == deeds
    for name in ("bead-kitchen-1-2", "bead-kitchen-1", "bootstrap-kitchen-2", "bootstrap-", "bead-x-99999999999999"):
        assert (await client.get(f"{LIST}/{name}")).status_code == 404, name
    own = await client.get(f"{LIST}/DispatcherWorkflow")
    assert (own.status_code, "does not answer" in own.json()["detail"]) == (404, True)


async def test_others_see_and_do_only_what_they_may(kitchen: Database, app: FastAPI) -> None:
    async with people.signed_in(app, "user", "outsider") as outsider:
        found = await listed(outsider)
        assert (found["workflows"], found["own"], sum(found["states"].values())) == ([], [], 0)
        here, nowhere = [await outsider.get(f"{LIST}/bead-kitchen-{name}") for name in ("1-1", "1-7")]
        assert (here.status_code, here.json()["code"]) == (404, "workflow_not_found")
        assert here.text.replace("1-1", "1-7") == nowhere.text.replace("1-1", "1-7")
    async with people.signed_in(app, "viewer", "looker", sees=["kitchen"]) as viewer:
        found = await listed(viewer)
        assert found["count"] == 9
        assert not any(one["deeds"] for one in found["workflows"])
