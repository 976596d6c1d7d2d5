"""Rounds of dispatch: who gets what, what is freed, and that two of them at once give nothing out twice."""

import asyncio
import itertools
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus, Lease
from loom_app.beads.schemas import BeadChange, BeadCreate
from loom_app.config import Readiness, Settings
from loom_app.dispatch import giving
from loom_app.dispatch.line import TOGETHER
from loom_app.dispatch.service import dispatch
from loom_app.events import repository as events
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import ahead
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.projects.models import Project
from loom_app.providers.models import Provider, ProviderStatus
from loom_app.runs import lease
from loom_app.runs.begin import begin
from loom_app.runs.models import Run, RunStatus
from loom_app.status import service as status
from tests.support import rows
from tests.support.databases import beside


async def _bead(db: Database, title: str, priority: int = 2, blocked_by: tuple[str, ...] = ()) -> str:
    wanted = BeadCreate(title=title, project_id="kitchen", priority=priority, blocked_by=list(blocked_by))
    async with db.write() as tx:
        return (await beads.create(tx, wanted, actor=SYSTEM)).id


async def _runs(db: Database) -> list[Run]:
    async with db.read() as tx:
        return list((await tx.execute(select(Run).order_by(col(Run.id)))).scalars())


async def test_the_most_urgent_ready_beads_go_to_the_idle_agents(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.provider(db)
    await rows.agent(db, role="engineering-manager")
    await rows.agent(db, role="qa-engineer")
    later, urgent = await _bead(db, "Some day", 4), await _bead(db, "Now", 0)
    usual = await _bead(db, "Soon", 2)
    await _bead(db, "Waits", 0, (later,))
    done = await dispatch(db, settings)
    runs = await _runs(db)
    assert len(done.claimed) == 2
    assert {run.bead_id for run in runs} == {urgent, usual}
    assert all(run.status == RunStatus.CLAIMED and run.why for run in runs)
    assert (await dispatch(db, settings)).claimed == []


async def test_whoever_starts_runs_is_told_of_each_while_others_are_still_given_out(
    db: Database, settings: Settings
) -> None:
    await rows.project(db)
    await rows.provider(db)
    for _ in range(2):
        await rows.agent(db, role="qa-engineer")
        await _bead(db, "Now")
    seen: list[asyncio.Task[int]] = []
    done = await dispatch(db, settings, lambda _: seen.append(asyncio.create_task(_count(db))))
    first, second = [await count for count in seen]
    assert (first in (1, 2), second) == (True, 2)
    assert len(done.claimed) == 2


async def _count(db: Database) -> int:
    return len(await _runs(db))


@pytest.mark.parametrize("code", ["bead_held", "wip_limit"])
async def test_a_claim_that_is_lost_among_others_leaves_nothing_behind_and_takes_nothing_from_them(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    await rows.project(db)
    await rows.provider(db)
    for _ in range(3):
        await rows.agent(db, role="qa-engineer")
    made = [await _bead(db, f"Loaf {number}", number) for number in range(4)]
    lost, really = made[1], begin

    async def begun(tx: Any, bead: Bead, *given: Any, **more: Any) -> Run:
        run = await really(tx, bead, *given, **more)
        if bead.id == lost:
            raise Conflict("Another was quicker.", code=code)
        return run

    monkeypatch.setattr(giving, "begin", begun)
    told: list[Run] = []
    done = await dispatch(db, settings, told.append)
    runs = await _runs(db)
    gone_on = code == "bead_held"
    assert {run.bead_id for run in runs} == ({made[0], made[2], made[3]} if gone_on else {made[0]})
    assert {run.id for run in runs} == set(done.claimed) == {run.id for run in told}
    assert done.waiting == ("" if gone_on else "Another was quicker.")
    async with db.read() as tx:
        assert (await beads.get(tx, lost)).status == BeadStatus.OPEN
        assert await lease.of(tx, lost) is None
        about = {event.subject_id for event in await events.after(tx, 0, 1000) if event.type == "run.claimed"}
        working = (await tx.execute(select(col(Agent.status)))).scalars().all()
    assert about == {run.bead_id for run in runs}
    assert working.count(AgentStatus.WORKING) == len(runs)


async def test_more_beads_than_are_given_out_at_once_go_to_as_many_agents_by_turns_of_their_projects(
    db: Database, settings: Settings
) -> None:
    await rows.provider(db)
    for project_id in ("kitchen", "pantry"):
        await rows.project(db, project_id)
        for number in range(TOGETHER):
            await rows.agent(db, project_id)
            async with db.write() as tx:
                await beads.create(tx, BeadCreate(title=f"Loaf {number}", project_id=project_id), actor=SYSTEM)
    told: list[Run] = []
    assert len((await dispatch(db, settings, told.append)).claimed) == 2 * TOGETHER
    turns = [run.project_id for run in told]
    assert all(first != second for first, second in itertools.pairwise(turns))
    assert len({run.agent_id for run in told}) == len({run.bead_id for run in told}) == 2 * TOGETHER


async def test_nothing_is_given_out_without_a_provider(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.provider(db, ProviderStatus.ERROR)
    await rows.agent(db, role="qa-engineer")
    bead_id = await _bead(db, "Now")
    done = await dispatch(db, settings)
    assert done.claimed == []
    assert "provider" in done.waiting
    async with db.read() as tx:
        assert (await beads.get(tx, bead_id)).status == BeadStatus.OPEN


async def test_dispatchers_at_the_same_moment_give_each_bead_and_each_agent_once(
    db: Database, vault: Vault, settings: Settings
) -> None:
    await rows.project(db)
    await rows.provider(db)
    for _ in range(6):
        await rows.agent(db, role="qa-engineer")
    for number in range(10):
        await _bead(db, f"Loaf {number}")
    other = beside(db, vault)
    rounds = await asyncio.gather(*(dispatch(at, settings) for at in (db, other, db, other)))
    runs = await _runs(db)
    assert sum(len(done.claimed) for done in rounds) == len(runs) == 6
    assert len({run.bead_id for run in runs}) == len({run.agent_id for run in runs}) == 6
    async with db.read() as tx:
        working = (await tx.execute(select(col(Agent.status)))).scalars().all()
        claimed = [event for event in await events.after(tx, 0, 1000) if event.type == "run.claimed"]
    assert set(working) == {AgentStatus.WORKING}
    assert len(claimed) == 6
    await other.dispose()


async def test_a_lease_that_ran_out_frees_bead_and_agent_and_the_bead_says_why(
    db: Database, settings: Settings
) -> None:
    await rows.project(db)
    await rows.provider(db)
    agent_id = await rows.agent(db, role="qa-engineer")
    bead_id = await _bead(db, "Now")
    await dispatch(db, settings)
    async with db.write() as tx:
        held = await tx.get(Lease, bead_id)
        assert held is not None
        held.expires_at = ahead(-1)
    done = await dispatch(db, settings)
    assert done.freed == [bead_id]
    lost, again = await _runs(db)
    assert (lost.status, again.status) == (RunStatus.LOST, RunStatus.CLAIMED)
    assert again.token == lost.token + 1
    assert again.agent_id == agent_id
    async with db.read() as tx:
        moved = [event for event in await events.after(tx, 0, 1000) if event.type == "bead.status_change"]
    assert any("lease ran out" in event.data["reason"] for event in moved)


async def test_a_claim_by_hand_that_ran_out_opens_the_bead(db: Database, settings: Settings) -> None:
    await rows.project(db)
    bead_id = await _bead(db, "By hand")

    async with db.write() as tx:
        await lease.take(tx, bead_id, holder="user-1", seconds=-1)
        await beads.start(tx, bead_id, holder="user-1", actor=SYSTEM)
    assert (await dispatch(db, settings)).freed == [bead_id]
    async with db.read() as tx:
        bead = await beads.get(tx, bead_id)
    assert bead.status == BeadStatus.OPEN
    assert "user-1" in bead.status_reason


async def test_agents_are_given_no_more_than_in_progress_may_hold(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.provider(db)
    for _ in range(3):
        await rows.agent(db, role="qa-engineer")
    for number in range(3):
        await _bead(db, f"Loaf {number}")
    async with db.write() as tx:
        (await tx.get_one(Project, "kitchen")).wip_limits = {"in_progress": 2}
    assert len((await dispatch(db, settings)).claimed) == 2
    again = await dispatch(db, settings)
    assert again.claimed == []
    assert "In progress of project kitchen is full: 2 beads" in again.waiting
    async with db.read() as tx:
        assert "In progress of project kitchen is full" in (await status.state(tx, SYSTEM)).reason
    async with db.write() as tx:
        (await tx.get_one(Project, "kitchen")).wip_limits = {}
    assert len((await dispatch(db, settings)).claimed) == 1


async def test_an_epic_waits_for_what_is_under_it_and_is_then_given_out(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.provider(db)
    await rows.agent(db, role="product-manager")
    async with db.write() as tx:
        wanted = BeadCreate(title="Dinner", project_id="kitchen", type="epic", priority=0)
        epic = (await beads.create(tx, wanted, actor=SYSTEM)).id
        story = BeadCreate(
            title="Soup", project_id="kitchen", parent=epic, assigned_to="somebody", defer_until=ahead(99)
        )
        child = (await beads.create(tx, story, actor=SYSTEM)).id
    assert (await dispatch(db, settings)).claimed == []
    async with db.write() as tx:
        await beads.set_status(tx, child, BeadStatus.DONE, actor=SYSTEM)
    assert len((await dispatch(db, settings)).claimed) == 1
    assert {run.bead_id for run in await _runs(db)} == {epic}


async def test_hundreds_of_beads_that_wait_for_somebody_busy_hide_nothing_behind_them(
    db: Database, settings: Settings
) -> None:
    await rows.project(db)
    await rows.provider(db)
    await rows.agent(db, role="cfo", status=AgentStatus.WORKING)
    await rows.agent(db, role="qa-engineer")
    wait: list[dict[str, Any]] = [
        {"title": "CFO: count", "priority": 0},
        {"title": "Count", "priority": 1, "assigned_to": "nobody known"},
    ]
    async with db.write() as tx:
        made = [
            Bead(id=f"kitchen-{number}", project_id="kitchen", **wait[number % 2]).model_dump() for number in range(450)
        ]
        await tx.execute(insert(Bead), made)
    last = await _bead(db, "Last of all", 4)
    assert len((await dispatch(db, settings)).claimed) == 1
    assert [run.bead_id for run in await _runs(db)] == [last]


async def test_a_bead_that_names_nobody_known_waits_until_it_is_assigned_anew(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.provider(db)
    robin = await rows.agent(db, name="Robin")
    bead_id = await _bead(db, "Now")
    async with db.write() as tx:
        await beads.update(tx, bead_id, BeadChange(assigned_to="robyn"), actor=SYSTEM)
    assert (await dispatch(db, settings)).claimed == []
    async with db.write() as tx:
        await beads.update(tx, bead_id, BeadChange(assigned_to="robin"), actor=SYSTEM)
    assert len((await dispatch(db, settings)).claimed) == 1
    assert [run.agent_id for run in await _runs(db)] == [robin]


@pytest.mark.parametrize("state", [{"status": "paused"}, {"status": "complete"}, {"provider_id": "gone-bad"}])
async def test_agents_who_are_paused_or_gone_or_without_their_provider_get_nothing(
    db: Database, settings: Settings, state: dict[str, str]
) -> None:
    await rows.project(db)
    await rows.provider(db)
    async with db.write() as tx:
        tx.add(Provider(id="gone-bad", name="Bad", endpoint="http://127.0.0.1:9/v1", model="m", status="failed"))
    await rows.agent(db, role="engineering-manager", **state)
    fit = await rows.agent(db, role="qa-engineer")
    await _bead(db, "One", 0)
    await _bead(db, "Two", 0)
    assert len((await dispatch(db, settings)).claimed) == 1
    assert [run.agent_id for run in await _runs(db)] == [fit]


async def test_a_project_that_is_not_ready_is_given_nothing_where_that_blocks(db: Database, settings: Settings) -> None:
    await rows.project(db)
    await rows.provider(db)
    await rows.agent(db)
    await _bead(db, "Now")
    blocks = settings.model_copy(update={"readiness": Readiness(mode="block")})
    done = await dispatch(db, blocks)
    assert (done.claimed, "is not ready" in done.waiting) == ([], True)
    assert len((await dispatch(db, settings)).claimed) == 1
