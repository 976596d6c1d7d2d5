"""Loom without its pages: the worker in this process, Temporal, a scripted model, a repository and the database.

Everything a test does goes through the services and the REST interface, as people do it.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from httpx import AsyncClient
from temporalio.client import Client
from temporalio.service import RPCError

from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.api.app import create_api, running
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.schemas import BeadCreate
from loom_app.config import DatabaseSettings, Settings, Temporal
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.schemas import ProjectDraft
from loom_app.providers import health
from loom_app.providers import service as providers
from loom_app.providers.schemas import Prices, ProviderDraft
from loom_app.runs import repository as runs
from loom_app.runs.models import Run
from tests.support import git_repository, people, rows
from tests.support.provider_process import ProviderProcess
from tests.support.temporal_server import TemporalServer
from workers import main as worker

T = TypeVar("T")
PROJECT = "kitchen"
RECIPE = {"flour.txt": "500 g\n", "README.md": "# Bread\n\nMix, rest, bake.\n"}
PRICES = Prices(input=3_000_000, output=15_000_000)
"""Dollars 3 and 15 a million tokens: 3 and 15 micro-dollars a token."""


def acts(*actions: dict[str, Any], notes: str = "") -> dict[str, Any]:
    """A scripted reply that asks for these actions."""
    return {"reply": json.dumps({"actions": list(actions), "notes": notes})}


def write(path: str, content: str) -> dict[str, Any]:
    """The action that writes a file."""
    return {"type": "write_file", "path": path, "content": content}


def done(reason: str = "It is as asked.") -> dict[str, Any]:
    """The action that finishes a bead."""
    return {"type": "done", "reason": reason}


class Workshop:
    """One running Loom; `run_worker` starts and stops the worker, the rest is there all the time."""

    def __init__(
        self, settings: Settings, db: Database, vault: Vault, http: AsyncClient, model: ProviderProcess, origin: Path
    ) -> None:
        self.settings, self.db, self.vault, self.http, self.model, self.origin = (
            settings,
            db,
            vault,
            http,
            model,
            origin,
        )
        self._temporal: Client | None = None

    @asynccontextmanager
    async def run_worker(self, settings: Settings | None = None) -> AsyncIterator[None]:
        """The worker, alive within the block."""
        stop = asyncio.Event()
        task = asyncio.create_task(worker.run(settings or self.settings, stop))
        try:
            await until(self._clocks_tick, what="the clocks are started")
            yield
        finally:
            stop.set()
            await task

    async def temporal(self) -> Client:
        """A client for this workshop's namespace."""
        if self._temporal is None:
            self._temporal = await worker.connect(self.settings)
        return self._temporal

    async def staff(self, *roles: str) -> list[str]:
        """Idle agents of these roles; their ids."""
        return [await rows.agent(self.db, PROJECT, role) for role in roles]

    async def bead(self, title: str, **more: Any) -> str:
        """A new bead; its id."""
        async with self.db.write() as tx:
            return (await beads.create(tx, BeadCreate(title=title, project_id=PROJECT, **more), actor=SYSTEM)).id

    async def say(self, bead_id: str, *replies: dict[str, Any]) -> None:
        """Scripts what the model answers in the runs of this bead."""
        await asyncio.to_thread(self.model.script, *({"when": f"Bead: {bead_id}\\n", **reply} for reply in replies))

    async def read(self, bead_id: str) -> Bead:
        """The bead as it is now."""
        async with self.db.read() as tx:
            return await beads.get(tx, bead_id)

    async def agent(self, agent_id: str) -> Agent:
        """The agent as it is now."""
        async with self.db.read() as tx:
            return await agents.get(tx, agent_id)

    async def runs(self, bead_id: str) -> list[Run]:
        """Every run of the bead, oldest first."""
        async with self.db.read() as tx:
            found, _ = await runs.page(tx, SYSTEM, limit=100, offset=0, bead_id=bead_id)
            return [run for row in reversed(found) if (run := await runs.get(tx, row.id)) is not None]

    async def detail(self, run_id: str) -> dict[str, Any]:
        """The run as the REST interface shows it."""
        answer = await self.http.get(f"/api/v1/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def until_bead(self, bead_id: str, status: str = BeadStatus.DONE, seconds: float = 90) -> Bead:
        """The bead once it stands at `status`."""

        async def stands() -> Bead | None:
            bead = await self.read(bead_id)
            return bead if bead.status == status else None

        return await until(stands, seconds, what=lambda: self._story(bead_id, status))

    async def until_ended(self, bead_id: str, count: int = 1, seconds: float = 90) -> list[Run]:
        """The runs of the bead once `count` of them are over."""

        async def over() -> list[Run] | None:
            found = [run for run in await self.runs(bead_id) if run.ended_at is not None]
            return found if len(found) >= count else None

        return await until(over, seconds, what=lambda: self._story(bead_id, f"{count} runs over"))

    async def events(self, *types: str) -> list[dict[str, Any]]:
        """The events of these types (all without), oldest first."""
        answer = await self.http.get(
            "/api/v1/events", params={"limit": 1000, **({"type": ",".join(types)} if types else {})}
        )
        assert answer.status_code == 200, answer.text
        return list(reversed(answer.json()["events"]))

    async def _clocks_tick(self) -> bool:
        try:
            await (await self.temporal()).get_workflow_handle("LoomHeartbeatWorkflow").describe()
            await (await self.temporal()).get_workflow_handle("ProviderHeartbeatWorkflow").describe()
        except RPCError:
            return False
        return True

    async def _story(self, bead_id: str, wanted: str) -> str:
        bead = await self.read(bead_id)
        told = [
            f"{run.status} {run.terminal_reason} {run.turn_count} turns: {run.message}"
            for run in await self.runs(bead_id)
        ]
        return f"{bead_id} is {bead.status} ({bead.status_reason}), not {wanted}; runs: {told}"


async def until(
    condition: Callable[[], Awaitable[T | None]], seconds: float = 90, *, what: Callable[[], Awaitable[str]] | str = ""
) -> T:
    """What `condition` answers as soon as that is true; fails the test, telling `what`, when it is not in time."""
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else await what()
            raise AssertionError(f"did not happen in {seconds:g} s: {told}")
        await asyncio.sleep(0.02)
    return found


@asynccontextmanager
async def open_workshop(
    folder: Path, db: Database, settings: Settings, server: TemporalServer, model: ProviderProcess, **changes: Any
) -> AsyncIterator[Workshop]:
    """A workshop with a project, its repository and a checked model; no agents, no beads and no worker yet."""
    host, _, port = server.target.partition(":")
    at = Temporal(host=host, port=int(port), namespace=await server.namespace())
    where = DatabaseSettings(url=db.url.render_as_string(hide_password=False))
    of = settings.model_copy(update={"temporal": at, "database": where, **changes})
    vault = Vault.open(of.data_dir, None)
    origin = git_repository.made(folder / "origin", RECIPE)
    async with db.write() as tx:
        draft = ProjectDraft(id=PROJECT, name="Kitchen", git_repo=str(origin), bead_prefix="kit", test_command="true")
        await projects.create(tx, draft, settings=of, actor=SYSTEM)
        wanted = ProviderDraft(id="model", endpoint=model.url, model="test-model", prices=PRICES)
        await providers.register(tx, wanted, vault=vault, actor=SYSTEM)
    await health.check(db, vault, "model")
    app = create_api(of, db, vault)
    async with running(app), people.signed_in(app, "admin") as http:
        yield Workshop(of, db, vault, http, model, origin)
