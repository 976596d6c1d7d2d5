"""The board by REST: what is on a card, what is left out, and what nobody learns who may not."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.beads.models import Bead, Dependency, Lease
from loom_app.beads.settling import settle_all
from loom_app.board import service
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import ahead, now, rfc3339
from loom_app.kernel.database import Database
from loom_app.runs.models import Run, RunAction, RunStatus, Turn
from tests.beads.making import project
from tests.support import rows

BOARD = "/api/v1/board"
READER = Actor("user", "user-2", "Bob", frozenset({"beads:read"}), frozenset({"p"}))


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def make(client: AsyncClient, title: str, **fields: Any) -> str:
    answer = await client.post("/api/v1/beads", json={"project_id": "p", "title": title, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def cards(client: AsyncClient, query: str = "") -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{BOARD}{query}")
    assert answer.status_code == 200, answer.text
    return {card["id"]: card for card in answer.json()["cards"]}


async def test_a_card_says_where_a_bead_stands_and_what_it_waits_for(client: AsyncClient) -> None:
    epic = await make(client, "epic", type="epic")
    first, over = await make(client, "first", parent=epic, tags=["a"], priority=0), await make(client, "over")
    waiting = await make(client, "waiting", blocked_by=[first, over], description="long" * 1000)
    await client.patch(f"/api/v1/beads/{over}", json={"status": "done"})
    found = await cards(client)
    assert set(found) == {epic, first, over, waiting}
    assert (found[first]["parent"], found[first]["tags"], found[first]["priority"]) == (epic, ["a"], 0)
    assert (found[waiting]["is_blocked"], found[waiting]["blocked_by"]) == (True, [first])
    assert (found[over]["status"], found[over]["is_blocked"], found[over]["run"]) == ("done", False, None)
    assert "description" not in found[waiting]
    one = (await client.get(f"{BOARD}/cards?ids={waiting},nothing")).json()
    assert one["cards"] == [found[waiting]]


async def test_the_answer_says_up_to_which_event_it_is_whole(client: AsyncClient) -> None:
    await make(client, "x")
    newest = (await client.get("/api/v1/events/stats")).json()["last_seq"]
    assert (await client.get(BOARD)).json()["seq"] == newest


async def test_deleted_beads_are_on_no_board(client: AsyncClient, db: Database) -> None:
    bead_id = await make(client, "gone")
    async with db.write() as tx:
        (await tx.get_one(Bead, bead_id)).source_status = "tombstone"
    answer = (await client.get(BOARD)).json()
    assert (answer["cards"], answer["columns"]["open"]["count"]) == ([], 0)
    assert (await client.get(f"{BOARD}/cards?ids={bead_id}")).json()["cards"] == []


async def test_only_the_newest_finished_beads_come_along_and_the_others_are_counted(db: Database) -> None:
    moment = now()
    async with db.write() as tx:
        for number in range(service.MOST_DONE + 3):
            closed = moment - timedelta(minutes=number)
            tx.add(Bead(id=f"t-{number}", project_id="p", title="x", status="done", closed_at=closed))
        tx.add(Bead(id="t-open", project_id="p", title="x"))
    async with db.read() as tx:
        newest = await service.board(tx, "p", every_done=False, actor=SYSTEM)
        every = await service.board(tx, "p", every_done=True, actor=SYSTEM)
    shown = {card["id"] for card in newest["cards"]}
    assert len(shown) == service.MOST_DONE + 1
    assert "t-open" in shown
    assert shown.isdisjoint({f"t-{service.MOST_DONE + beyond}" for beyond in range(3)})
    assert (newest["left_out"], newest["columns"]["done"]["count"]) == (3, service.MOST_DONE + 3)
    assert (every["left_out"], len(every["cards"])) == (0, service.MOST_DONE + 4)


async def test_a_bead_at_work_shows_what_its_run_has_to_show(client: AsyncClient, db: Database) -> None:
    bead_id = await make(client, "x")
    agent_id, ends, began = await rows.agent(db, "p"), ahead(60), now() - timedelta(minutes=5)
    async with db.write() as tx:
        (await tx.get_one(Bead, bead_id)).status = "in_progress"
        tx.add(Lease(bead_id=bead_id, token=1, holder=agent_id, run_id="run-1", expires_at=ends))
        tx.add(
            Run(
                id="run-1", bead_id=bead_id, project_id="p", agent_id=agent_id, provider_id="m", model="m", token=1,
                status=RunStatus.RUNNING, created_at=began, started_at=began, cost_micros=1200,
            )
        )  # fmt: skip
        await tx.flush()
        for number in (1, 2):
            tx.add(Turn(run_id="run-1", number=number, prompt="?", created_at=began + timedelta(minutes=number)))
    thinking = (await cards(client))[bead_id]["run"]
    assert thinking == {
        "holder": agent_id, "run_id": "run-1", "turn": 2, "doing": "model", "cost_micros": 1200,
        "progress_at": rfc3339(began + timedelta(minutes=2)), "lease_until": rfc3339(ends),
    }  # fmt: skip
    acted = began + timedelta(minutes=3)
    async with db.write() as tx:
        tx.add(RunAction(run_id="run-1", turn=2, position=0, type="read_code", started_at=began, ended_at=began))
        tx.add(RunAction(run_id="run-1", turn=2, position=1, type="run_command", started_at=acted))
        tx.add(RunAction(run_id="run-1", turn=2, position=2, type="done"))
    acting = (await cards(client))[bead_id]["run"]
    assert (acting["doing"], acting["progress_at"]) == ("run_command", rfc3339(acted))


async def test_the_beads_above_come_along_up_to_the_top(db: Database) -> None:
    async with db.write() as tx:
        for number in range(4):
            status = "open" if number == 3 else "done"
            tx.add(Bead(id=f"t-{number}", project_id="p", title=f"level {number}", type="epic", status=status))
        await tx.flush()
        for number in range(1, 4):
            tx.add(Dependency(bead_id=f"t-{number}", depends_on_id=f"t-{number - 1}", type="parent-child"))
    async with db.read() as tx:
        answer = await service.some(tx, ["t-3"], SYSTEM)
        assert [card["parent"] for card in answer["cards"]] == ["t-2"]
        whole = await service.board(tx, "p", every_done=False, actor=SYSTEM)
    assert whole["above"] == {}
    async with db.write() as tx:
        for number in range(service.MOST_DONE):
            tx.add(Bead(id=f"t-x{number}", project_id="p", title="x", status="done", closed_at=now()))
    async with db.read() as tx:
        cut = await service.board(tx, "p", every_done=False, actor=SYSTEM)
    assert {bead_id: one["parent"] for bead_id, one in cut["above"].items()} == {
        "t-2": "t-1",
        "t-1": "t-0",
        "t-0": None,
    }


async def test_nothing_tells_of_beads_in_projects_one_does_not_see(db: Database) -> None:
    await project(db, "q", "q")
    async with db.write() as tx:
        tx.add(Bead(id="t-1", project_id="p", title="mine"))
        tx.add(Bead(id="q-1", project_id="q", title="hidden"))
        await tx.flush()
        tx.add(Dependency(bead_id="t-1", depends_on_id="q-1"))
        tx.add(Dependency(bead_id="t-1", depends_on_id="q-2", type="related"))
        await settle_all(tx)
    async with db.read() as tx:
        seen = await service.board(tx, "", every_done=True, actor=READER)
        asked = await service.some(tx, ["q-1", "t-1"], READER)
        whole = await service.some(tx, ["t-1"], SYSTEM)
    assert [card["id"] for card in seen["cards"]] == ["t-1"]
    assert "q-1" not in str(seen)
    assert [(card["id"], card["blocked_by"], card["is_blocked"]) for card in asked["cards"]] == [("t-1", [], True)]
    assert whole["cards"][0]["blocked_by"] == ["q-1"]
    assert seen["columns"]["open"]["count"] == 1
    assert (seen["projects"], seen["agents"]) == ([], []), "without the permission to list them"


async def test_a_board_of_an_unknown_project_is_refused(client: AsyncClient) -> None:
    answer = await client.get(f"{BOARD}?project_id=nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")
    many = ",".join(f"t-{number}" for number in range(201))
    assert (await client.get(f"{BOARD}/cards?ids={many}")).json()["code"] == "too_many_ids"


async def test_a_large_board_is_packed_for_who_can_unpack(client: AsyncClient) -> None:
    for number in range(8):
        await make(client, f"bead {number}")
    packed = await client.get(BOARD, headers={"Accept-Encoding": "gzip"})
    plain = await client.get(BOARD, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert len(gzip.compress(plain.content)) < len(plain.content) / 2
