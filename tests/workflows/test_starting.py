"""Workflows are found in Temporal by what they are about, and started by servers that know no such thing."""

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from loom_app.beads.models import BeadStatus
from loom_app.supervisor.loom import SEARCH_ATTRIBUTES
from tests.support.temporal_server import TemporalServer
from tests.support.workshop import PROJECT, Workshop, acts, until
from workers.contracts import Clock
from workers.main import clocks
from workers.starting import About, Starts

CLOCK = "LoomClock IS NOT NULL AND ExecutionStatus = 'Running'"


async def test_what_runs_is_found_by_what_it_is_about(workshop: Workshop) -> None:
    (agent_id,) = await workshop.staff("qa-engineer")
    bead_id = await workshop.bead("Finish the dough")
    await workshop.say(bead_id, acts({"type": "ask_followup", "question": "Salt?"}))
    async with workshop.run_worker():
        await workshop.until_bead(bead_id, BeadStatus.BLOCKED)
        (decision,) = (await workshop.http.get("/api/v1/decisions")).json()
        run, both = f"bead-{bead_id}-1", {f"bead-{bead_id}-1", decision["id"]}
        temporal = await workshop.temporal()
        await until(lambda: _found(temporal, f"LoomBeadId = '{bead_id}'", both))
        await until(lambda: _found(temporal, f"LoomProjectId = '{PROJECT}'", both))
        await until(lambda: _found(temporal, f"LoomAgent = '{agent_id}'", {run}))
        await until(lambda: _found(temporal, CLOCK, set(clocks(workshop.settings))))
        told = await (await temporal.get_workflow_handle(run).describe()).static_summary()
    assert told == f"{bead_id} by {agent_id}"


async def test_a_server_that_knows_no_such_attributes_starts_workflows_all_the_same(
    temporal_server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await _client(temporal_server)
    starts = Starts(client, "nobody")

    async def it_says_it_does(_: Starts) -> frozenset[str]:
        return frozenset(SEARCH_ATTRIBUTES)

    monkeypatch.setattr(Starts, "_listed", it_says_it_does)
    await starts.learn()
    for name in ("one", "two"):
        await starts.start("Probe", Clock(seconds=1), name, About("a probe", bead_id="kit-1"))
        assert (await client.get_workflow_handle(name).describe()).id == name


async def test_one_that_lets_nobody_add_attributes_starts_workflows_all_the_same(
    temporal_server: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await _client(temporal_server)

    async def refuses(_: Starts) -> None:
        raise RPCError("not yours to add", RPCStatusCode.PERMISSION_DENIED, b"")

    monkeypatch.setattr(Starts, "_register", refuses)
    starts = Starts(client, "nobody")
    await starts.learn()
    await starts.start("Probe", Clock(seconds=1), "one", About("a probe", bead_id="kit-1"))
    assert (await client.get_workflow_handle("one").describe()).id == "one"


async def _found(client: Client, query: str, wanted: set[str]) -> bool:
    return {execution.id async for execution in client.list_workflows(query)} == wanted


async def _client(server: TemporalServer) -> Client:
    return await Client.connect(
        server.target, namespace=await server.namespace(), data_converter=pydantic_data_converter
    )
