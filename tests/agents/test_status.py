"""What an agent does changes along one table, with one event each; pauses of people and providers do not mix."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loom_app.agents import service
from loom_app.agents.models import TRANSITIONS, Agent, AgentStatus
from loom_app.events.repository import newest
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.providers.models import ProviderStatus
from tests.support import rows

ALICE = Actor("user", "user-1", "alice", frozenset())


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


async def look(db: Database, agent_id: str) -> tuple[str, str, str]:
    """Status, who paused it, current bead."""
    async with db.read() as tx:
        agent = await service.get(tx, agent_id)
    return agent.status, agent.paused_because, agent.current_bead


async def told(db: Database, agent_id: str) -> list[tuple[str, dict[str, Any]]]:
    async with db.read() as tx:
        found = await newest(tx, EVERYTHING, limit=50, project_id=None, types=None, subject_id=agent_id, before=None)
    return [(event.type, event.data) for event in reversed(found)]


@pytest.mark.parametrize("before", AgentStatus)
@pytest.mark.parametrize("after", AgentStatus)
async def test_moves_follow_the_table(db: Database, before: AgentStatus, after: AgentStatus) -> None:
    agent_id = await rows.agent(db, status=before)
    async with db.write() as tx:
        if before == after:
            assert (await service.set_status(tx, agent_id, after)).status == before
        elif after in TRANSITIONS[before]:
            assert (await service.set_status(tx, agent_id, after, because="so")).status == after
        else:
            with pytest.raises(Conflict, match=f"is {before} and cannot become {after}"):
                await service.set_status(tx, agent_id, after)
    assert len(await told(db, agent_id)) == (after in TRANSITIONS[before])


async def test_a_run_is_two_moves_with_the_bead_in_both(db: Database) -> None:
    agent_id = await rows.agent(db, name="Ada")
    async with db.write() as tx:
        await service.set_working(tx, agent_id, bead_id="kitchen-1")
    assert await look(db, agent_id) == ("working", "", "kitchen-1")
    async with db.write() as tx:
        with pytest.raises(Conflict, match="Ada is working on kitchen-1 and cannot become working"):
            await service.set_working(tx, agent_id, bead_id="kitchen-2")
        await service.set_idle(tx, agent_id)
        await service.set_idle(tx, agent_id)
    assert await look(db, agent_id) == ("idle", "", "")
    moves = [(data["from"], data["to"], data["bead_id"]) for _, data in await told(db, agent_id)]
    assert moves == [("idle", "working", "kitchen-1"), ("working", "idle", "kitchen-1")]


async def test_end_of_work_does_not_wake_a_paused_or_missing_agent(db: Database) -> None:
    agent_id = await rows.agent(db, status="paused", paused_because="person")
    async with db.write() as tx:
        await service.set_idle(tx, agent_id)
        await service.set_idle(tx, "agent-gone")
    assert await look(db, agent_id) == ("paused", "person", "")


async def test_completion_is_told_by_its_own_name(db: Database) -> None:
    agent_id = await rows.agent(db)
    async with db.write() as tx:
        await service.set_status(tx, agent_id, AgentStatus.COMPLETE)
    assert [type_ for type_, _ in await told(db, agent_id)] == ["agent.completed"]


async def test_person_pauses_and_resumes(db: Database) -> None:
    await rows.provider(db)
    agent_id = await rows.agent(db)
    async with db.write() as tx:
        await service.pause(tx, agent_id, actor=ALICE)
        await service.pause(tx, agent_id, actor=ALICE)
    assert await look(db, agent_id) == ("paused", "person", "")
    async with db.write() as tx:
        await service.resume(tx, agent_id, actor=ALICE)
        await service.resume(tx, agent_id, actor=ALICE)
    assert await look(db, agent_id) == ("idle", "", "")
    assert [data["because"] for _, data in await told(db, agent_id)] == ["alice paused it.", "alice resumed it."]


async def test_pause_at_work_holds_from_the_end_of_the_run(db: Database) -> None:
    agent_id = await rows.agent(db, status="working", current_bead="kitchen-1")
    async with db.write() as tx:
        await service.pause(tx, agent_id, actor=ALICE)
    assert await look(db, agent_id) == ("working", "person", "kitchen-1")
    async with db.write() as tx:
        await service.set_idle(tx, agent_id)
    assert await look(db, agent_id) == ("paused", "person", "")
    assert [type_ for type_, _ in await told(db, agent_id)] == ["agent.updated", "agent.status_change"]


async def test_resume_at_work_takes_the_pause_back(db: Database) -> None:
    agent_id = await rows.agent(db, status="working", current_bead="kitchen-1", paused_because="person")
    async with db.write() as tx:
        await service.resume(tx, agent_id, actor=ALICE)
        await service.set_idle(tx, agent_id)
    assert await look(db, agent_id) == ("idle", "", "")


async def test_complete_agents_cannot_pause_but_start_again(db: Database) -> None:
    agent_id = await rows.agent(db, status="complete")
    async with db.write() as tx:
        with pytest.raises(Conflict, match="nothing to pause"):
            await service.pause(tx, agent_id, actor=ALICE)
        with pytest.raises(Conflict, match="No provider works"):
            await service.resume(tx, agent_id, actor=ALICE)
    await rows.provider(db)
    async with db.write() as tx:
        await service.resume(tx, agent_id, actor=ALICE)
    assert await look(db, agent_id) == ("idle", "", "")


async def test_unknown_agent(db: Database) -> None:
    async with db.write() as tx:
        with pytest.raises(NotFound, match="no agent 'agent-x'"):
            await service.pause(tx, "agent-x", actor=ALICE)


async def test_provider_pauses_and_resumes_only_its_own(db: Database) -> None:
    idle, busy = await rows.agent(db), await rows.agent(db, status="working", current_bead="kitchen-1")
    by_person = await rows.agent(db, status="paused", paused_because="person")
    complete = await rows.agent(db, status="complete")
    for _ in range(2):
        async with db.write() as tx:
            await service.pause_all_for_provider(tx, "Model does not answer.")
    assert await look(db, idle) == ("paused", "provider", "")
    assert await look(db, busy) == ("working", "provider", "kitchen-1")
    for _ in range(2):
        async with db.write() as tx:
            await service.resume_all_for_provider(tx)
    assert [(await look(db, agent))[:2] for agent in (idle, busy, by_person, complete)] == [
        ("idle", ""), ("working", ""), ("paused", "person"), ("complete", ""),
    ]  # fmt: skip
    assert [len(await told(db, agent)) for agent in (idle, busy, by_person, complete)] == [2, 2, 0, 0]


async def test_without_a_provider_a_persons_resume_waits_for_one(db: Database) -> None:
    await rows.provider(db, ProviderStatus.ERROR)
    agent_id = await rows.agent(db, status="paused", paused_because="person")
    async with db.write() as tx:
        await service.resume(tx, agent_id, actor=ALICE)
    assert await look(db, agent_id) == ("paused", "provider", "")
    async with db.write() as tx:
        await service.resume_all_for_provider(tx)
    assert await look(db, agent_id) == ("idle", "", "")


async def test_person_takes_a_providers_pause_over(db: Database) -> None:
    agent_id = await rows.agent(db, status="paused", paused_because="provider")
    async with db.write() as tx:
        await service.pause(tx, agent_id, actor=ALICE)
        await service.resume_all_for_provider(tx)
    assert await look(db, agent_id) == ("paused", "person", "")


async def test_idle_lists_the_longest_idle_first(db: Database) -> None:
    first, second = await rows.agent(db), await rows.agent(db)
    await rows.agent(db, status="paused")
    async with db.write() as tx:
        await service.set_working(tx, first, bead_id="kitchen-1")
        await service.set_idle(tx, first)
    async with db.read() as tx:
        assert [row.id for row in await service.idle(tx)] == [second, first]


STEPS = ("work", "finish", "pause", "resume", "let go", "lose provider", "find provider")


@given(steps=st.lists(st.sampled_from(STEPS), max_size=25))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_happens_the_row_makes_sense(db: Database, steps: list[str]) -> None:
    await rows.provider(db)
    agent_id, works = await rows.agent(db), True
    for step in steps:
        async with db.write() as tx:
            match step:
                case "work":
                    if (await service.get(tx, agent_id)).status == "idle":
                        await service.set_working(tx, agent_id, bead_id="kitchen-1")
                case "finish":
                    await service.set_idle(tx, agent_id)
                case "pause":
                    with suppress(Conflict):
                        await service.pause(tx, agent_id, actor=ALICE)
                case "resume":
                    with suppress(Conflict):
                        await service.resume(tx, agent_id, actor=SYSTEM)
                case "let go":
                    agent = await service.get(tx, agent_id, to_change=True)
                    await service.let_go(tx, agent, because="Enough.", actor=ALICE)
                case "lose provider":
                    works = False
                    await service.pause_all_for_provider(tx, "It went away.")
                case _:
                    works = True
                    await service.resume_all_for_provider(tx)
        if step.endswith("provider"):
            await rows.provider(db, ProviderStatus.HEALTHY if works else ProviderStatus.ERROR)
        status, paused_because, bead_id = await look(db, agent_id)
        assert (status == "working") == bool(bead_id)
        assert (status == "paused") <= bool(paused_because)
        assert (status in ("idle", "complete")) <= (not paused_because)
        assert (paused_because == "leaving") <= (status == "working")
    async with db.write() as tx:
        await tx.delete(await tx.get(Agent, agent_id))
