"""From an event's commit until clients of the stream and open pages have it, and ten thousand a minute for a while.

LOOM_BENCH_MINUTES says for how long; ten is what is promised.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import httpx
import psutil
from simple_websocket import ConnectionClosed  # type: ignore[import-untyped]

from loom_app.config import Settings
from loom_app.events import service as events
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.opening import opened
from loom_app.ui.live import Live
from tests.bench.table import Figure, percentile
from tests.support.live_socket import Watcher
from tests.support.system import PASSWORD, Desk, System
from tests.support.waiting import until

CLIENTS, PAGES, EVENTS, PAUSE = 100, 30, 60, 0.1
LISTENERS, TOGETHER, MINUTE = 10, 10, 10_000
ROUNDS = 300
PATIENCE = 60.0
NO_LIMITS = {f"LOOM_LIMITS__{name}": "0" for name in ("STREAMS", "READS", "WRITES")}
NO_LIMITS["LOOM_LIMITS__STREAMS_PER_USER"] = "1000"


class Page(Watcher):
    """An open page that notes when it first heard of a subject."""

    def __init__(self, url: str, cookie: str) -> None:
        self.at: dict[str, float] = {}
        handler = f"{Live.get_full_name()}.watch"
        super().__init__(url, cookie, handler, "/activity")

    def _listen(self) -> None:
        try:
            while (frame := self._client.receive()) is not None:
                if frame == "2":
                    self._client.send("3")
                elif "mark-" in frame:
                    for part in frame.split("mark-")[1:]:
                        self.at.setdefault(part.partition('"')[0], time.perf_counter())
        except ConnectionClosed:
            return


class Client:
    """A client of the stream: when it heard of each subject, and the numbers in the order in which they came."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.numbers: list[int] = []
        self.ready = asyncio.Event()

    async def listen(self, http: httpx.AsyncClient) -> None:
        """Listens until cancelled."""
        async with http.stream("GET", "/api/v1/events/stream", params={"type": "bead.recurred"}) as stream:
            stream.raise_for_status()
            async for line in stream.aiter_lines():
                self.ready.set()
                if line.startswith("data:") and "mark-" in line:
                    self.numbers.append(json.loads(line[5:])["seq"])
                    self.at.setdefault(line.partition("mark-")[2].partition('"')[0], time.perf_counter())


def scene() -> list[Figure]:
    """Everything of streams that is promised."""
    with tempfile.TemporaryDirectory() as folder, System(Path(folder) / "data", NO_LIMITS) as system:
        http = system.client()
        Desk(http).post("/projects", {"id": "bench", "name": "Bench"})
        answer = httpx.post(f"{system.url}/api/v1/auth/login", json={"username": "admin", "password": PASSWORD})
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        pages = [Page(system.url, cookie) for _ in range(PAGES)]
        try:
            return asyncio.run(_measured(system, headers, pages))
        finally:
            for page in pages:
                page.close()


async def _measured(system: System, headers: dict[str, str], pages: list[Page]) -> list[Figure]:
    limits = httpx.Limits(max_connections=None)
    async with (
        opened(Settings(data_dir=system.data_dir)) as at,
        httpx.AsyncClient(base_url=system.url, headers=headers, timeout=PATIENCE, limits=limits) as http,
    ):
        seen = await _latencies(at.db, http, pages)
        return [*seen, await _cost(at.db), *await _lasting(at.db, http, system)]


async def _latencies(db: Database, http: httpx.AsyncClient, pages: list[Page]) -> list[Figure]:
    clients, tasks = await _listening(http, CLIENTS)
    await _tell(db, ["warm"])
    await asyncio.to_thread(until, lambda: all("warm" in page.at for page in pages), PATIENCE, what="pages follow")
    committed = {}
    for number in range(EVENTS):
        await _tell(db, [str(number)])
        committed[str(number)] = time.perf_counter()
        await asyncio.sleep(PAUSE)
    await _until_all(clients, [str(number) for number in range(EVENTS)])
    await asyncio.sleep(1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    by_client = [(client.at[name] - at) * 1_000 for client in clients for name, at in committed.items()]
    by_page = [(page.at[name] - at) * 1_000 for page in pages for name, at in committed.items() if name in page.at]
    missed = sum(name not in page.at for page in pages for name in committed)
    return [
        Figure("stream_seen_by_100_clients_p95", percentile(by_client, 0.95), "ms", 100),
        Figure("stream_seen_by_30_pages_p95", percentile(by_page, 0.95), "ms", 300),
        Figure("stream_missed_by_pages", missed, "events", 0),
    ]


async def _cost(db: Database) -> Figure:
    """What an event costs a transaction that writes something anyhow."""
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(ROUNDS):
        for with_event in (True, False):
            begun = time.perf_counter()
            async with db.write() as tx:
                await events.save_position(tx, "bench", number)
                if with_event:
                    append(tx, "bead.recurred", actor=SYSTEM, project_id="bench", subject_id="cost")
            took[with_event].append((time.perf_counter() - begun) * 1_000)
    over = statistics.median(took[True]) - statistics.median(took[False])
    return Figure("stream_append_over_bare_write_p50", over, "ms", 1)


async def _lasting(db: Database, http: httpx.AsyncClient, system: System) -> list[Figure]:
    minutes = float(os.environ.get("LOOM_BENCH_MINUTES", "1"))
    clients, tasks = await _listening(http, LISTENERS)
    web = psutil.Process(system.pid("web"))
    total, memory, begun = round(minutes * MINUTE), list[int](), time.perf_counter()
    for first in range(0, total, TOGETHER):
        await asyncio.sleep(max(0.0, begun + first * 60 / MINUTE - time.perf_counter()))
        await _tell(db, [f"l{number}" for number in range(first, first + TOGETHER)])
        if first % 1_000 == 0:
            memory.append(web.memory_info().rss)
    took = time.perf_counter() - begun
    await _until_all(clients, [f"l{number}" for number in range(total)])
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    half = len(memory) // 2
    wrong = sum(client.numbers != sorted(set(client.numbers)) or len(client.numbers) != total for client in clients)
    return [
        Figure("stream_10000_a_minute_took", took / minutes, "s a minute", 61),
        Figure("stream_clients_with_lost_or_disordered", wrong, "clients", 0),
        Figure("stream_web_growth_in_second_half", (memory[-1] - memory[half]) / 1e6, "MB", 10),
    ]


async def _listening(http: httpx.AsyncClient, count: int) -> tuple[list[Client], list[asyncio.Task[None]]]:
    clients = [Client() for _ in range(count)]
    tasks = [asyncio.create_task(client.listen(http)) for client in clients]
    for client in clients:
        await client.ready.wait()
    return clients, tasks


async def _tell(db: Database, names: list[str]) -> None:
    async with db.write() as tx:
        for name in names:
            append(tx, "bead.recurred", actor=SYSTEM, project_id="bench", subject_id=f"mark-{name}")


async def _until_all(clients: list[Client], names: list[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not all(names[-1] in client.at for client in clients):  # noqa: ASYNC110 - a benchmark may look
            await asyncio.sleep(0.01)
