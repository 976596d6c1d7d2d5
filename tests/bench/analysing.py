"""What the page of figures costs the server among a million calls of a month, in this process, on SQLite."""

import asyncio
import csv
import io
import random
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from loom_app.analytics.asked import Asked
from loom_app.analytics.columns import CALLS
from loom_app.analytics.dashboard import dashboard
from loom_app.analytics.export import exported
from loom_app.analytics.grains import floor
from loom_app.analytics.rolling import roll
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import upgrade
from loom_app.ledger import repository as ledger
from tests.bench.table import Figure, percentile

CALLS_MADE, BATCH, DAYS, AGENTS, ROUNDS = 1_000_000, 10_000, 30, 50, 5
MEMBER = Actor("user", "user-1", "ada", frozenset({"projects:read"}), frozenset(f"project-{n}" for n in range(4)))
QUERY = (
    "SELECT at, user_id, purpose, provider_id, answered_by, tokens_input, tokens_output, settled_at, status, "
    "cost_micros, note, id, tokens_cached, tokens_cache_write, tokens_reasoning, project_id, agent_id, bead_id, "
    "run_id, turn, model, estimated, request_id FROM ledger WHERE status <> 'reserved' ORDER BY at, id"
)


def scene() -> list[Figure]:
    """The page for an hour, a day, a week and a month, as an administrator and as a member, and the whole as a file."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder) / "loom.db"))


async def _measured(file: Path) -> list[Figure]:
    db = Database(f"sqlite+aiosqlite:///{file}")
    await upgrade(db)
    end = floor(now(), "hour")
    await _fill(db, end - timedelta(days=DAYS))
    waits = []
    for _ in range(ROUNDS):
        for long in (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30)):
            for who in (SYSTEM, MEMBER):
                waits.append(await _wait(db, who, Asked(end - long - timedelta(minutes=7), end - timedelta(minutes=7))))
    first, whole, memory = await _export(db, Asked(end - timedelta(days=31), end))
    beside = _by_sqlite(file)
    await db.dispose()
    return [
        Figure("dashboard_of_1000000_p95", percentile(waits, 0.95), "ms", 300),
        Figure("export_of_1000000_first_byte", first, "ms", 200),
        Figure("export_of_1000000_memory", memory, "MB", 50),
        Figure("export_of_1000000_beside_sqlite3", whole / beside if beside else 0.0, "times as long", 2),
    ]  # fmt: skip


async def _fill(db: Database, since: Any) -> None:
    chance = random.Random(7)
    for first in range(0, CALLS_MADE, BATCH):
        rows = [_call(number, since, chance) for number in range(first, min(first + BATCH, CALLS_MADE))]
        async with db.write() as tx:
            await tx.execute(insert(CALLS), rows)
    async with db.write() as tx:
        for hour in range(DAYS * 24):
            await ledger.mark(tx, since + timedelta(hours=hour))
    while True:
        async with db.write() as tx:
            if not await roll(tx):
                break


async def _wait(db: Database, actor: Actor, asked: Asked) -> float:
    begun = time.perf_counter()
    async with db.read() as tx:
        (await dashboard(tx, actor, asked, "model")).model_dump_json()
    return (time.perf_counter() - begun) * 1_000


async def _export(db: Database, asked: Asked) -> tuple[float, float, float]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, first, lines = time.perf_counter(), 0.0, 0
    async for piece in exported(db, SYSTEM, asked, "csv"):
        if lines and not first:
            first = (time.perf_counter() - begun) * 1_000
        lines += piece.count(b"\n")
    took = time.perf_counter() - begun
    if lines != CALLS_MADE + 1:
        raise AssertionError(f"{lines:,} lines were exported")
    return first, took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def _by_sqlite(file: Path) -> float:
    """Seconds for the same by the database's own tool, or by Python's where there is none."""
    begun = time.perf_counter()
    if tool := shutil.which("sqlite3"):
        subprocess.run([tool, "-csv", str(file), QUERY], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begun
    out = io.StringIO()
    for row in sqlite3.connect(file).execute(QUERY):
        out.seek(0)
        csv.writer(out).writerow(row)
    return time.perf_counter() - begun


def _call(number: int, since: Any, chance: random.Random) -> dict[str, Any]:
    at = since + timedelta(seconds=number * DAYS * 86_400 / CALLS_MADE)
    agent = number % AGENTS
    took = timedelta(milliseconds=chance.lognormvariate(7.5, 0.8))
    tokens = chance.randrange(500, 20_000)
    return {
        "id": f"call-{number}", "purpose": "turn", "status": "released" if number % 97 == 0 else "settled", "at": at,
        "expires_at": at + timedelta(minutes=5), "settled_at": at + took, "project_id": f"project-{agent % 10}",
        "agent_id": f"agent-{agent}", "user_id": "", "bead_id": f"bead-{number // AGENTS // 60}-{agent}",
        "run_id": f"run-{number // 2_000}", "turn": number % 40, "provider_id": f"provider-{agent % 3}",
        "model": f"model-{agent % 4}", "answered_by": f"model-{agent % 4}", "rates": {}, "tokens_input": tokens,
        "tokens_cached": tokens // 3, "tokens_cache_write": 0, "tokens_output": tokens // 10, "tokens_reasoning": 0,
        "estimated": False, "reserved_micros": 1_000, "cost_micros": None if number % 101 == 0 else tokens,
        "request_id": "", "note": "",
    }  # fmt: skip
