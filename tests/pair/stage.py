"""A kitchen with a repository, a model that says what it is told to, and people who talk with an agent."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.api.app import create_api, running
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.beads.schemas import BeadCreate
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.schemas import ProjectDraft
from loom_app.providers import health
from loom_app.providers import service as providers
from loom_app.providers.schemas import ProviderDraft
from loom_app.runs.models import Run
from tests.support import git_repository, people, rows
from tests.support.provider_process import ProviderProcess
from tests.support.workshop import PRICES, PROJECT, RECIPE

PAIR = "/api/v1/pair"


def acting(*actions: dict[str, Any], text: str = "Let me look.") -> dict[str, Any]:
    """A scripted answer in words that ends with actions."""
    return {"reply": f"{text}\n\n```actions\n{json.dumps({'actions': list(actions)})}\n```\n"}


@dataclass
class Kitchen:
    """One Loom, its model and an open bead."""

    app: FastAPI
    db: Database
    settings: Settings
    http: AsyncClient
    model: ProviderProcess
    origin: Path
    agent_id: str
    bead_id: str

    async def say(self, message: str = "What is in it?", http: AsyncClient | None = None, **more: str) -> list[Any]:
        """Says something and hears the whole answer: (event, data, id) of each."""
        return heard(await self.post(message, http, **more))

    async def post(self, message: str = "What is in it?", http: AsyncClient | None = None, **more: str) -> Response:
        """The answer to a message as it stands on the wire."""
        body = {"agent_id": self.agent_id, "bead_id": self.bead_id, "message": message, **more}
        return await (http or self.http).post(PAIR, json=body, timeout=30)

    async def view(self, http: AsyncClient | None = None) -> dict[str, Any]:
        """The talk as it stands."""
        answer = await (http or self.http).get(f"/api/v1/beads/{self.bead_id}/pair")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def bead(self) -> Bead:
        """The bead as it is now."""
        async with self.db.read() as tx:
            return await beads.get(tx, self.bead_id)

    async def run(self, session_id: str) -> Run:
        """The run that keeps a talk."""
        async with self.db.read() as tx:
            return await tx.get_one(Run, session_id)

    def script(self, *steps: dict[str, Any]) -> None:
        """What the model says next."""
        self.model.script(*steps)


def heard(answer: Response) -> list[tuple[str, Any, str]]:
    """The events of a whole stream."""
    assert answer.status_code == 200, answer.text
    found = []
    for block in answer.text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append((fields["event"], json.loads(fields["data"]), fields["id"]))
    return found


def text_of(events: list[Any]) -> str:
    """What the model said."""
    return "".join(data["choices"][0]["delta"].get("content", "") for name, data, _ in events if name == "chunk")


def names(events: list[Any]) -> list[str]:
    """The kinds of events, those in a row once."""
    kinds = [name for name, _, _ in events]
    return [name for place, name in enumerate(kinds) if place == 0 or kinds[place - 1] != name]


@asynccontextmanager
async def open_kitchen(
    folder: Path, db: Database, settings: Settings, vault: Vault, model: ProviderProcess
) -> AsyncIterator[Kitchen]:
    """A kitchen with an idle agent and an open bead; whoever talks is an administrator unless said otherwise."""
    origin = git_repository.made(folder / "origin", RECIPE)
    async with db.write() as tx:
        draft = ProjectDraft(id=PROJECT, name="Kitchen", git_repo=str(origin), bead_prefix="kit", test_command="true")
        await projects.create(tx, draft, settings=settings, actor=SYSTEM)
        wanted = ProviderDraft(id="model", endpoint=model.url, model="test-model", prices=PRICES)
        await providers.register(tx, wanted, vault=vault, actor=SYSTEM)
        bead = await beads.create(tx, BeadCreate(title="Less flour", project_id=PROJECT), actor=SYSTEM)
        bead_id = bead.id
    await health.check(db, vault, "model")
    agent_id = await rows.agent(db, PROJECT)
    app = create_api(settings, db, vault)
    async with running(app), people.signed_in(app, "admin", "ada") as http:
        yield Kitchen(app, db, settings, http, model, origin, agent_id, bead_id)
