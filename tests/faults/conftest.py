"""One running Loom for all tests here, with a scripted model and a project; each test breaks it and it goes on."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.stepping import Steps
from tests.faults.target import Target
from tests.support.git_repository import made
from tests.support.mailbox import Mailbox
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.waiting import until
from tests.support.workshop import RECIPE

PROJECT = "kitchen"
LIMITS = {
    "LOOM_DISPATCH__RETRY_SECONDS": "0.5",
    "LOOM_SANDBOX__WALL_SECONDS": "5",
    "LOOM_SANDBOX__PROCESSES": "60",
    "LOOM_TEMPORAL_LANGUAGE__LEAST_INTERVAL_SECONDS": "1",
}


@dataclass
class Kitchen:
    """A running Loom, its desk, its scripted model and the repository that work lands in."""

    system: System
    desk: Desk
    model: ProviderProcess
    origin: Path

    def bead(self, title: str, *replies: dict[str, Any], **more: Any) -> str:
        """A bead for whose runs the model has these replies."""
        bead_id = self.desk.bead(PROJECT, title, defer_until="2099-01-01T00:00:00Z", **more)
        self.model.script(*({"when": f"Bead: {bead_id}\\n", **reply} for reply in replies))
        answer = self.desk.http.patch(f"/api/v1/beads/{bead_id}", json={"defer_until": None})
        assert answer.status_code == 200, answer.text
        return bead_id

    def until_asked(self, bead_id: str) -> None:
        """Waits until the model is asked about the bead."""
        wanted = f"Bead: {bead_id}\n"
        until(lambda: any(wanted in str(said["content"]) for row in self.model.log() for said in row["messages"]), 30)

    def events(self, bead_id: str, *types: str) -> list[dict[str, Any]]:
        """The bead's events of these types, oldest first."""
        found = self.desk.get("/events", subject_id=bead_id, limit=1000, type=",".join(types))
        return list(reversed(found["events"]))


@contextmanager
def mailing() -> Iterator[Mailbox]:
    """A mail server in a thread of its own, which lives on when Loom's processes are killed."""
    box, loop = Mailbox(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(box.open(), loop).result(10)
    yield box
    loop.call_soon_threadsafe(box.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def smtp(box: Mailbox) -> dict[str, str]:
    """What Loom is told of the mail server."""
    of = {"HOST": "127.0.0.1", "PORT": str(box.port), "SENDER": "loom@example.org", "USE_TLS": "false"}
    return {f"LOOM_SMTP__{name}": value for name, value in of.items()}


@pytest.fixture(scope="package")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """The steps at which processes of the running Loom may die."""
    return Steps(tmp_path_factory.mktemp("steps") / "wanted")


@pytest.fixture(scope="package")
def box() -> Iterator[Mailbox]:
    """The running Loom's mail server."""
    with mailing() as box:
        yield box


@pytest.fixture(scope="package")
def target() -> Iterator[Target]:
    """An address that the running Loom may send webhooks to."""
    with Target() as target:
        yield target


@pytest.fixture(scope="package")
def kitchen(tmp_path_factory: pytest.TempPathFactory, steps: Steps, box: Mailbox, target: Target) -> Iterator[Kitchen]:
    """The running Loom."""
    folder = tmp_path_factory.mktemp("kitchen")
    with ProviderProcess() as model:
        env = {**LIMITS, **steps.env, **smtp(box), "LOOM_WEBHOOKS__ALLOWED_TARGETS": json.dumps([target.origin])}
        env |= {"LOOM_PROVIDER__URL": model.url, "LOOM_PROVIDER__MODEL": "test-model"}
        with System(folder / "data", env) as system:
            yield furnished(system, model, folder)


def furnished(system: System, model: ProviderProcess, folder: Path) -> Kitchen:
    """The system with a project, its repository, two agents and a provider that works."""
    desk = Desk(system.client())
    origin = made(folder / "origin", RECIPE)
    desk.post("/projects", {"id": PROJECT, "name": "Kitchen", "git_repo": str(origin), "bead_prefix": "kit"})
    for role in ("engineering-manager", "qa-engineer"):
        desk.post("/agents", {"persona_name": f"default/{role}", "project_id": PROJECT})
    until(lambda: all(agent["status"] == "idle" for agent in desk.get("/agents")), 30, what="agents are idle")
    return Kitchen(system, desk, model, origin)
