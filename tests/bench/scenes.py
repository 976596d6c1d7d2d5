"""What is measured, each on the real program."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.bench.table import Figure, percentile
from tests.support.provider_process import ProviderProcess
from tests.support.system import PASSWORD, Desk, System
from tests.support.waiting import until

BEADS = 500
SAMPLES = 40
PAGES = ("/", "/board", "/projects", "/agents", "/decisions", "/system", "/board", "/", "/board", "/system")
CHROMIUM = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
}
DONE = {"reply": {"actions": [{"type": "done", "reason": "nothing to do"}]}, "times": 0}


@contextmanager
def workshop(**env: str) -> Iterator[tuple[System, Desk]]:
    """A running Loom with a model that finishes every bead at once, a project and three agents."""
    with tempfile.TemporaryDirectory() as folder, ProviderProcess() as model:
        model.script(DONE)
        given = {"LOOM_PROVIDER__URL": model.url, "LOOM_PROVIDER__MODEL": "bench", **env}
        with System(Path(folder) / "data", given) as system:
            desk = Desk(system.client())
            desk.post("/projects", {"id": "bench", "name": "Bench"})
            for role in ("engineering-manager", "qa-engineer", "devops-engineer"):
                desk.post("/agents", {"persona_name": role, "project_id": "bench"})
            until(lambda: all(agent["status"] == "idle" for agent in desk.get("/agents")), 60, what="agents are idle")
            yield system, desk


def ready_to_claimed(*, events: bool) -> Figure:
    """From the event that a bead is there to the event that it is claimed, one bead at a time."""
    env = {} if events else {"LOOM_DISPATCH__FOLLOW_EVENTS": "false"}
    with workshop(**env) as (_, desk):
        waits = [_claimed_after(desk, f"bead {number}") for number in range(SAMPLES if events else 8)]
    name = "ready_to_claimed_p95" if events else "ready_to_claimed_without_events_p95"
    return Figure(name, percentile(waits, 0.95), "ms", 300 if events else 5_500)


def _claimed_after(desk: Desk, title: str) -> float:
    bead_id = desk.bead("bench", title)
    desk.until_bead(bead_id)
    told = {each["type"]: each["timestamp"] for each in desk.get("/events", subject_id=bead_id, limit=100)["events"]}
    until(lambda: not desk.get("/runs", live=True), 30, what="the run is over")
    return (moment(told["run.claimed"]) - moment(told["bead.created"])) * 1_000


def moment(text: str) -> float:
    """Seconds since 1970 of a moment as events tell it."""
    return datetime.fromisoformat(text).timestamp()


def demo() -> list[Figure]:
    """The demo from the click to the last bead, and how long a second start takes on the same data."""
    with tempfile.TemporaryDirectory() as folder:
        with System(Path(folder) / "data") as system:
            desk = Desk(system.client())
            begun = time.monotonic()
            desk.post("/demo")
            until(lambda: len(desk.get("/beads", project_id="demo", status="done")) == 8, 180, what="eight beads done")
            took = time.monotonic() - begun
        served = system.start()
        system.stop()
    return [Figure("demo_eight_beads", took, "s", 60), Figure("second_start_to_serving", served, "s", 15)]


def with_many_beads() -> list[Figure]:
    """Lists, the board and memory with 500 beads that nobody works on."""
    with workshop() as (system, desk):
        for number in range(BEADS):
            status = ("open", "blocked", "done")[number % 3]
            made = desk.bead("bench", f"Number {number}", defer_until="2099-01-01T00:00:00Z", priority=number % 5)
            if status != "open":
                desk.http.patch(f"/api/v1/beads/{made}", json={"status": status})
        figures = [asyncio.run(_list_under_load(system, desk))]
        figures += _board(system, desk)
        figures += _memory(system)
        return figures


async def _list_under_load(system: System, desk: Desk) -> Figure:
    """GET /api/v1/beads?limit=100 at 50 requests a second for ten seconds, each until its last byte is here."""
    headers = {"Authorization": desk.http.headers["Authorization"]}
    waits: list[float] = []

    async def ask(http: httpx.AsyncClient) -> None:
        begun = time.perf_counter()
        answer = await http.get("/api/v1/beads", params={"limit": 100})
        waits.append((time.perf_counter() - begun) * 1_000)
        assert len(answer.json()) == 100

    async with httpx.AsyncClient(base_url=system.url, headers=headers, trust_env=False) as http:
        asked = []
        begin = time.perf_counter()
        for number in range(500):
            asked.append(asyncio.create_task(ask(http)))
            await asyncio.sleep(max(0.0, begin + (number + 1) / 50 - time.perf_counter()))
        await asyncio.gather(*asked)
    return Figure("beads_list_100_rows_p95", percentile(waits, 0.95), "ms", 25)


def _board(system: System, desk: Desk) -> list[Figure]:
    with sync_playwright() as play, play.chromium.launch(**CHROMIUM) as browser:  # type: ignore[arg-type]
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        sign_in(context, system)
        loads = [first_load(context, system) for _ in range(5)]
        page = context.new_page()
        open_board(page, system)
        echoes = [_echo(page, desk, number) for number in range(15)]
        shown = [_shown_after_change(page, desk, number) for number in range(20)]
        return [
            Figure("board_500_beads_first_load_median", statistics.median(loads), "s", 2.5),
            Figure("board_move_echo_median", statistics.median(echoes), "ms", 150),
            Figure("change_elsewhere_to_page_p95", percentile(shown, 0.95), "ms", 300),
        ]


def sign_in(context: BrowserContext, system: System) -> None:
    """Signs the administrator in."""
    answer = context.request.post(f"{system.url}/api/v1/auth/login", data={"username": "admin", "password": PASSWORD})
    assert answer.ok


def open_board(page: Page, system: System) -> None:
    """The board with its first cards."""
    page.goto(f"{system.url}/board")
    page.wait_for_selector(".loom-board[data-loaded=yes] .loom-card", timeout=60_000)


def first_load(context: BrowserContext, system: System) -> float:
    """Seconds from the address to the first cards, in a new tab."""
    page = context.new_page()
    begun = time.monotonic()
    open_board(page, system)
    took = time.monotonic() - begun
    page.close()
    return took


WATCH = """([id, column]) => new Promise((done) => {
  const there = () => document.querySelector(`.loom-column.is-${column} [data-bead="${id}"]`);
  if (there()) return done(performance.timeOrigin + performance.now());
  const watch = new MutationObserver(() => {
    if (there()) { watch.disconnect(); done(performance.timeOrigin + performance.now()); }
  });
  watch.observe(document.body, { childList: true, subtree: true });
})"""
MOVE = """(id) => new Promise((done) => {
  const begun = performance.now();
  const card = () => document.querySelector(`[data-bead="${id}"]`).closest(".loom-column").className;
  const before = card();
  const watch = new MutationObserver(() => {
    if (card() !== before) { watch.disconnect(); done(performance.now() - begun); }
  });
  watch.observe(document.body, { childList: true, subtree: true });
  fetch(`/api/v1/beads/${id}`, {
    method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ status: "blocked" }),
  });
})"""


def _echo(page: Page, desk: Desk, number: int) -> float:
    """A write by this page until this page shows its echo from the server."""
    bead_id = desk.bead("bench", f"Echo {number}", defer_until="2099-01-01T00:00:00Z", priority=0)
    page.wait_for_selector(f'[data-bead="{bead_id}"]')
    took: float = page.evaluate(MOVE, bead_id)
    return took


def _shown_after_change(page: Page, desk: Desk, number: int) -> float:
    """A bead done by the worker until the open page shows it there, by the clock of the event."""
    bead_id = desk.bead("bench", f"Shown {number}", priority=0)
    seen: float = page.evaluate(WATCH, [bead_id, "done"])
    told = desk.get("/events", subject_id=bead_id, type="bead.status_change", limit=10)["events"]
    done = next(each for each in told if each["data"]["to"] == "done")
    return seen - moment(done["timestamp"]) * 1_000


def _memory(system: System) -> list[Figure]:
    """Web and worker with ten pages open, in MB of memory that is their own share (PSS)."""
    with sync_playwright() as play, play.chromium.launch(**CHROMIUM) as browser:  # type: ignore[arg-type]
        context = browser.new_context()
        sign_in(context, system)
        for path in PAGES:
            page = context.new_page()
            page.goto(f"{system.url}{path}")
            page.wait_for_selector(".loom-main h1", timeout=60_000)
        return [
            Figure("web_memory_10_pages", _megabytes(system.pid("web")), "MB", 350),
            Figure("worker_memory", _megabytes(system.pid("worker")), "MB", 250),
        ]


def _megabytes(pid: int) -> float:
    root = psutil.Process(pid)
    return sum(_share(process.pid) for process in [root, *root.children(recursive=True)]) / 1e6


def _share(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"
