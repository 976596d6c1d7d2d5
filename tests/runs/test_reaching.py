"""The network of a run's commands: the hosts of its project, and what stands in the record of it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from loom_app.config import Sandbox, Settings
from loom_app.config.working import CommandSettings
from loom_app.events.models import Event
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.schemas import ProjectChange
from loom_app.runs.acting import act
from loom_app.runs.models import RunAction
from loom_app.runs.reaching import commands_told
from loom_app.sandbox.confinement import confinement
from tests.runs.stage import Stage, set_up

MIRROR = "mirror.kitchen.example"
FETCH = """
import os, sys, urllib.request
for address in sys.argv[1:]:
    try:
        print(urllib.request.urlopen(address, timeout=20).read().decode())
    except OSError as error:
        print("refused", error)
"""


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The port of a package mirror on this machine, whose name leads here; /moved redirects."""
    if confinement().kind != "bubblewrap":
        pytest.skip("no walls here")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        head = (
            b"HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0"
            if b"/moved" in asked else b"HTTP/1.1 200 OK\r\nContent-Length: 8"
        )  # fmt: skip
        writer.write(head + b"\r\nConnection: close\r\n\r\n" + (b"" if b"/moved" in asked else b"packages"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found = server.sockets[0].getsockname()[1]
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(".kitchen.example") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    yield found
    server.close()


async def staged(db: Database, settings: Settings, tmp_path: Path, *hosts: str, **sandbox: Any) -> Stage:
    """A run in a project that lists these hosts."""
    wanted = Sandbox(commands=CommandSettings(high="run", unknown="run"), **sandbox)
    stage = await set_up(db, settings.model_copy(update={"sandbox": wanted}), tmp_path)
    async with db.write() as tx:
        await projects.update(tx, "kitchen", ProjectChange(network_hosts=list(hosts)), actor=SYSTEM)
    (stage.folder / "fetch.py").write_text(FETCH)
    return stage


async def ran(stage: Stage, *addresses: str) -> RunAction:
    number = await stage.reply({"type": "run_command", "command": f"python3 fetch.py {' '.join(addresses)}"})
    await act(stage.db, stage.settings, stage.run_id, number)
    return (await stage.actions())[-1]


async def test_what_is_listed_is_reached_and_the_record_says_so(
    db: Database, settings: Settings, tmp_path: Path, port: int
) -> None:
    mirror = f"{MIRROR}:{port}"
    stage = await staged(db, settings, tmp_path, mirror, private_hosts=[mirror])
    action = await ran(stage, f"http://{mirror}/simple", f"http://evil.example:{port}/", f"http://127.0.0.1:{port}/")
    told = action.result["metadata"]
    assert told["stdout"].startswith("packages\nrefused ")
    reached, refused = told["network"]
    assert (reached["host"], reached["port"], reached["refused"], reached["times"]) == (MIRROR, port, "", 1)
    assert reached["received"] > 8
    assert (refused["host"], refused["times"]) == ("evil.example", 1)
    assert mirror in refused["refused"]
    async with db.read() as tx:
        events = (await tx.execute(select(Event).where(col(Event.type) == "run.action_ended"))).scalars().all()
    assert "Refused evil.example" in events[-1].data["network"]
    assert f"Reached {mirror}" in events[-1].data["network"]


async def test_a_name_that_leads_to_this_machine_is_refused(
    db: Database, settings: Settings, tmp_path: Path, port: int
) -> None:
    stage = await staged(db, settings, tmp_path, f"*.kitchen.example:{port}")
    told = (await ran(stage, f"http://{MIRROR}:{port}/")).result["metadata"]
    assert "packages" not in told["stdout"]
    assert "127.0.0.1" in told["network"][0]["refused"]


@pytest.mark.parametrize("off", [True, False])
async def test_without_hosts_or_where_it_is_off_there_is_no_network(
    db: Database, settings: Settings, tmp_path: Path, port: int, *, off: bool
) -> None:
    mirror = f"{MIRROR}:{port}"
    stage = await staged(db, settings, tmp_path, *([mirror] if off else []), private_hosts=[mirror], network=not off)
    told = (await ran(stage, f"http://{mirror}/")).result["metadata"]
    assert "packages" not in told["stdout"]
    assert "network" not in told
    async with db.read() as tx:
        assert commands_told(stage.settings, await projects.get(tx, "kitchen")) == confinement().detail


async def test_a_redirect_leads_no_further(db: Database, settings: Settings, tmp_path: Path, port: int) -> None:
    mirror = f"{MIRROR}:{port}"
    stage = await staged(db, settings, tmp_path, mirror, private_hosts=[mirror])
    told = (await ran(stage, f"http://{mirror}/moved")).result["metadata"]
    assert [(one["host"], bool(one["refused"])) for one in told["network"]] == [(MIRROR, False), ("evil.example", True)]
    async with db.read() as tx:
        said = commands_told(stage.settings, await projects.get(tx, "kitchen"))
    assert said.endswith(f"they reach {mirror}, and nothing else.")
