"""Temporal's server as Loom starts it: misspelt flags would be taken in silence, so what they do is looked at."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig, WorkerDeploymentVersion

from loom_app.config import Settings, load
from loom_app.supervisor import loom
from loom_app.supervisor.program import Program
from tests.supervisor.conftest import Start
from tests.supervisor.test_up import free_port
from tests.support.waiting import until

pytestmark = pytest.mark.faults


@workflow.defn
class Nap:
    """Sleeps for a fifth of a second."""

    @workflow.run
    async def run(self) -> None:
        """The nap."""
        await workflow.sleep(0.2)


async def test_the_server_naps_precisely_and_keeps_what_it_is_told(start: Start, tmp_path: Path) -> None:
    port, ui_port = free_port(), free_port()
    here = {"LOOM_DATA_DIR": str(tmp_path), "LOOM_TEMPORAL__PORT": str(port), "LOOM_TEMPORAL__UI_PORT": str(ui_port)}
    server = loom.temporal(load(here))
    (tmp_path / "temporal").mkdir()
    ready = tmp_path / "ready"
    tree = start({"name": "temporal", "argv": server.argv, "once_ready": server.once_ready, "ready": str(ready)})
    await asyncio.to_thread(until, lambda: asyncio.run(_is_ready(server)), 30)
    ready.touch()
    client = await Client.connect(f"127.0.0.1:{port}", namespace="loom-default")

    assert min([await _nap(client) for _ in range(3)]) < 0.6
    await asyncio.to_thread(tree.says, "update succeeded")
    namespace = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="loom-default"))
    assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)
    known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="loom-default"))
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    assert {known.custom_attributes[name] for name in ("LoomProjectId", "LoomBeadId", "LoomAgent", "LoomClock")} == {
        keyword
    }
    assert (tmp_path / "temporal" / "temporal.db-wal").exists()
    assert await asyncio.to_thread(tree.end) == 0


async def _is_ready(server: Program) -> bool:
    assert server.ready is not None
    return await server.ready()


async def _nap(client: Client) -> float:
    """How long the nap takes, the best of three."""
    version = WorkerDeploymentConfig(version=WorkerDeploymentVersion("nap", "1"), use_worker_versioning=False)
    worker = Worker(
        client,
        task_queue="naps",
        workflows=[Nap],
        workflow_runner=UnsandboxedWorkflowRunner(),
        deployment_config=version,
    )
    taken = []
    async with worker:
        for number in range(3):
            started = time.monotonic()
            await client.execute_workflow(Nap.run, id=f"nap-{number}", task_queue="naps")
            taken.append(time.monotonic() - started)
    return min(taken)


def test_temporal_is_started_without_the_secrets_of_loom(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOM_SECRET_KEY", "Zq-flour-by-moonlight")
    programs = {program.name: program.environment() for program in loom.programs(settings)}
    assert "LOOM_SECRET_KEY" not in programs["temporal"]
    assert "PATH" in programs["temporal"]
    assert {name for name, environment in programs.items() if "LOOM_SECRET_KEY" in environment} >= {"web", "worker"}
