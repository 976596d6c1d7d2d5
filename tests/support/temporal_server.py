"""A real Temporal server in memory, one for all tests that want it, and a namespace for each of them."""

import asyncio
import subprocess
import uuid
from typing import Self

from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from loom_app.supervisor.loom import FASTER, temporal_binary
from tests.support.ports import free_ports

QUICK_NAMESPACES = ('system.namespaceCacheRefreshInterval="100ms"', 'frontend.namespaceCacheRefreshInterval="100ms"')
KEEP_SECONDS = 86_400


class TemporalServer:
    """The server process; `with` ends it."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        tuning = [word for value in (*FASTER, *QUICK_NAMESPACES) for word in ("--dynamic-config-value", value)]
        self._process = subprocess.Popen(
            [temporal_binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port), "--headless",
             "--log-level", "never", "--namespace", "loom-default", *tuning],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def target(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    async def namespace(self) -> str:
        """A new namespace, usable at once."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        client = await self._connected()
        keep = Duration(seconds=KEEP_SECONDS)
        wanted = RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=keep)
        await client.workflow_service.register_namespace(wanted)
        own = await Client.connect(self.target, namespace=name)
        while not await _answers(own):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
        return name

    async def _connected(self) -> Client:
        async with asyncio.timeout(20):
            while True:
                try:
                    return await Client.connect(self.target)
                except RuntimeError:
                    await asyncio.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


async def _answers(client: Client) -> bool:
    try:
        await client.start_workflow("Probe", id="probe", task_queue="nobody")
        await client.get_workflow_handle("probe").terminate()
    except RPCError:
        return False
    return True
