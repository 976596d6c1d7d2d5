"""A provider that is slow, wrong, half there or gone: tried again where that helps, else told on the bead."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from loom_app.agents.models import AgentStatus
from loom_app.beads.models import BeadStatus
from loom_app.config import Dispatch, ProviderSettings, Settings
from loom_app.kernel.database import Database
from loom_app.runs.models import RunStatus, TerminalReason
from tests.support.git_repository import subjects
from tests.support.provider_process import ProviderProcess
from tests.support.temporal_server import TemporalServer
from tests.support.workshop import Workshop, acts, done, open_workshop, until, write

GOOD = acts(write("flour.txt", "450 g\n"), done())


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "retry_after": 1, "body": "slow down"},
        {"status": 500, "body": "oops"},
        {"garbage": True},
        {"nothing": True},
        {**GOOD, "cut_after": 20},
        {**GOOD, "cut_after": 20, "stream": False},
    ],
    ids=["429", "500", "garbage", "nothing", "half a stream", "half an answer"],
)
async def test_a_passing_fault_is_tried_again_and_leaves_no_mark(workshop: Workshop, fault: dict[str, Any]) -> None:
    await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, fault, GOOD)
    async with workshop.run_worker():
        await workshop.until_bead(bead_id)
    (run,) = await workshop.runs(bead_id)
    assert (run.status, run.turn_count) == (RunStatus.FINISHED, 1)
    assert subjects(workshop.origin)[1:] == ["Less flour"]
    first, second = workshop.model.log()
    if "retry_after" in fault:
        assert second["at"] - first["at"] >= fault["retry_after"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"status": 500, "body": "oops", "times": 0}, "HTTP 500"),
        ({"garbage": True, "times": 0}, "not a JSON object"),
        ({"status": 401, "body": "who are you"}, "API key"),
        ({"status": 429, "retry_after": 3600, "body": "slow down"}, "slow down"),
    ],
    ids=["500 for good", "garbage for good", "a refused key", "429 for an hour"],
)
async def test_a_lasting_fault_ends_the_run_and_the_bead_says_why(
    workshop: Workshop, fault: dict[str, Any], told: str
) -> None:
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Less flour")
    await workshop.say(bead_id, fault)
    async with workshop.run_worker():
        (run,) = await workshop.until_ended(bead_id)
    assert (run.status, run.terminal_reason) == (RunStatus.FAILED, TerminalReason.PROVIDER_ERROR)
    bead = await workshop.read(bead_id)
    assert bead.status == BeadStatus.OPEN
    assert told in bead.status_reason
    assert (await workshop.agent(agent_id)).status in (AgentStatus.IDLE, AgentStatus.PAUSED)


@pytest.fixture
async def restless(
    tmp_path: Path, db: Database, settings: Settings, temporal_server: TemporalServer, provider_process: ProviderProcess
) -> AsyncIterator[Workshop]:
    """A workshop with a provider of its own, which can go away, looked at often."""
    often = {"provider": ProviderSettings(heartbeat_seconds=0.3), "dispatch": Dispatch(retry_seconds=0)}
    async with open_workshop(tmp_path, db, settings, temporal_server, provider_process, **often) as made:
        yield made


async def test_agents_rest_while_the_provider_is_gone_and_resume_with_it(restless: Workshop) -> None:
    (agent_id,) = await restless.staff("qa-engineer")
    restless.model.stop()
    async with restless.run_worker():
        await until(lambda: _is(restless, agent_id, AgentStatus.PAUSED))
        bead_id = await restless.bead("Less flour")
        shown = (await restless.http.get(f"/api/v1/agents/{agent_id}")).json()
        assert (shown["status"], shown["paused_because"]) == ("paused", "provider")
        provider = (await restless.http.get("/api/v1/providers/model")).json()
        assert provider["status"] in ("error", "failed")
        assert provider["last_heartbeat_error"]
        restless.model.start()
        await restless.say(bead_id, GOOD)
        await restless.until_bead(bead_id)
        await until(lambda: _is(restless, agent_id, AgentStatus.IDLE))


async def test_a_provider_that_goes_in_the_middle_of_a_run_costs_that_run_only(restless: Workshop) -> None:
    (agent_id,) = await restless.staff("qa-engineer")
    bead_id = await restless.bead("Less flour")
    await restless.say(bead_id, acts({"type": "read_tree"}), {"hang": True})
    async with restless.run_worker():
        await until(lambda: _asked(restless, 2))
        restless.model.stop()
        (run,) = await restless.until_ended(bead_id)
        assert run.terminal_reason == TerminalReason.PROVIDER_ERROR
        bead = await restless.read(bead_id)
        assert bead.status == BeadStatus.OPEN
        assert bead.status_reason
        restless.model.start()
        await restless.say(bead_id, GOOD)
        await restless.until_bead(bead_id, seconds=60)
        await until(lambda: _is(restless, agent_id, AgentStatus.IDLE))


async def _is(workshop: Workshop, agent_id: str, status: AgentStatus) -> bool:
    return (await workshop.agent(agent_id)).status == status


async def _asked(workshop: Workshop, times: int) -> bool:
    found = [row for row in workshop.model.log() if any("Bead: " in str(m["content"]) for m in row["messages"])]
    return len(found) >= times
