"""Calls to a model: what Loom adds to them, beside bare httpx asking the same of the same demo provider."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import delete, update
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.migrate import upgrade
from loom_app.providers.chat import ChatRequest
from loom_app.providers.client import ProviderClient
from loom_app.providers.models import Provider
from loom_app.runs.begin import begin
from loom_app.runs.models import Run, RunStatus, Turn
from loom_app.runs.think import think
from tests.bench.table import Figure, percentile
from tests.support import rows
from tests.support.ports import free_ports
from tests.support.waiting import until

CALLS, WARM = 300, 30
ROOT = Path(__file__).resolve().parents[2]
SYSTEM = "You are a careful engineer. " * 60
QUESTION = "Look at the repository and say what you find. " * 40
BODY: dict[str, Any] = {
    "model": "loom-demo", "stream": True, "stream_options": {"include_usage": True}, "temperature": 0.2,
    "max_tokens": 4096, "response_format": {"type": "json_object"},
    "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}],
}  # fmt: skip
REQUEST = ChatRequest("loom-demo", BODY["messages"], temperature=0.2, max_tokens=4096, json_mode=True)


def scene() -> list[Figure]:
    """All ways by turns, so that they meet the same machine.

    What the client adds to bare httpx, and what a whole turn adds: its prompt read, the call reserved, made and
    settled, its reply stored.
    """
    with tempfile.TemporaryDirectory() as folder, demo_provider() as url:
        bare, client, turn = asyncio.run(_measure(Path(folder), url))
    figures = [Figure("model_call_bare_httpx_p50", percentile(bare, 0.5), "ms", 100)]
    for name, took in (("client", client), ("turn", turn)):
        for share, target in ((0.5, 2), (0.99, 10)):
            added = percentile(took, share) - percentile(bare, share)
            figures.append(Figure(f"model_call_{name}_overhead_p{share * 100:.0f}", added, "ms", target))
    return figures


@contextmanager
def demo_provider() -> Iterator[str]:
    """The demo provider, which answers without any delay."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}/v1"
    command = [sys.executable, "-m", "loom_app.demo.provider", "--port", str(port), "--pace", "0"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        until(lambda: _answers(url), 30, what="the demo provider answers")
        yield url
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/models", trust_env=False).is_success
    except httpx.HTTPError:
        return False


async def _measure(folder: Path, url: str) -> tuple[list[float], list[float], list[float]]:
    settings = Settings(data_dir=folder)
    db, vault = Database(settings.database_url), Vault(b"bench")
    Keyring(db, vault)
    await upgrade(db)
    run_id = await _run(db, url)
    took: tuple[list[float], list[float], list[float]] = ([], [], [])
    async with httpx.AsyncClient(trust_env=False) as http, ProviderClient(url) as client:
        for number in range(WARM + CALLS):
            async with db.write() as tx:
                await tx.execute(delete(Turn).where(col(Turn.run_id) == run_id))
                tx.add(Turn(run_id=run_id, number=1, system_prompt=SYSTEM, prompt=QUESTION))
            ways = (_bare(http, url), client.chat(REQUEST), think(db, vault, settings, run_id, 1))
            for times, way in zip(took, ways, strict=True):
                begun = time.perf_counter()
                await way
                if number >= WARM:
                    times.append((time.perf_counter() - begun) * 1_000)
    await db.dispose()
    return took


async def _bare(http: httpx.AsyncClient, url: str) -> None:
    """The least anybody has to do: send, read the stream, take the pieces out."""
    text = ""
    async with http.stream("POST", f"{url}/chat/completions", json=BODY) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    text += choice["delta"].get("content", "")
    assert text


async def _run(db: Database, url: str) -> str:
    """A run under way, as a worker finds it."""
    await rows.project(db)
    bead_id, agent_id = await rows.bead(db, status="open"), await rows.agent(db)
    provider_id = await rows.provider(db)
    known = {"endpoint": url, "model": "loom-demo", "private_allowed": True, "price_input": 0, "price_output": 0}
    async with db.write() as tx:
        await tx.execute(update(Provider).values(known))
    async with db.write() as tx:
        bead, agent = await tx.get(Bead, bead_id), await tx.get(Agent, agent_id)
        provider = await tx.get(Provider, provider_id)
        assert bead is not None
        assert agent is not None
        assert provider is not None
        run_id = (await begin(tx, bead, agent, provider, seconds=3_600, why="")).id
        await tx.execute(update(Run).where(col(Run.id) == run_id).values(status=RunStatus.RUNNING))
    return run_id
