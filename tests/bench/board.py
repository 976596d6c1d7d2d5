"""The board of a project with 5,000 beads: opened, dragged over, watched in another browser, and by fifty at once."""

import json
import statistics
import time

import psutil
from playwright.sync_api import BrowserContext, Page, sync_playwright

from loom_app.ui.live import Live
from tests.bench.scenes import CHROMIUM, first_load, open_board, sign_in, workshop
from tests.bench.table import Figure, percentile
from tests.support.live_socket import Watcher
from tests.support.system import PASSWORD, Desk, System
from tests.support.waiting import until

BEADS = 5_000
BOARDS = 50
CHANGES = 30
DRAG_SECONDS = 4.0
STATUSES = ("open", "open", "open", "closed", "blocked")

FRAMES = """() => {
  window.frames = [];
  let last = performance.now();
  const note = (now) => { window.frames.push(now - last); last = now; requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""
SEEN = """([id, column]) => new Promise((done) => {
  const there = () => document.querySelector(`.loom-column.is-${column} [data-bead="${id}"]`);
  const told = () => done(performance.timeOrigin + performance.now());
  if (there()) return told();
  const watch = new MutationObserver(() => { if (there()) { watch.disconnect(); told(); } });
  watch.observe(document.body, { childList: true, subtree: true, attributes: true });
})"""


def scene() -> list[Figure]:
    """Everything that a large board costs the one who looks and the server."""
    with workshop() as (system, desk):
        _fill(desk)
        with sync_playwright() as play, play.chromium.launch(**CHROMIUM) as browser:  # type: ignore[arg-type]
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            sign_in(context, system)
            loads = [first_load(context, system) for _ in range(5)]
            frames = _dragged(context, system)
            seen = _moves(context, system, desk)
        return [
            Figure("board_5000_beads_first_load_median", statistics.median(loads), "s", 1.5),
            Figure("board_5000_beads_drag_mean_frame", statistics.fmean(frames), "ms", 20),
            Figure("board_5000_beads_drag_p95_frame", percentile(frames, 0.95), "ms", 34),
            Figure("board_move_seen_in_another_browser_p95", percentile(seen, 0.95), "ms", 500),
            Figure("board_change_with_50_boards_cpu_median", _cpu_of_a_change(system, desk), "ms", 60),
        ]


def _fill(desk: Desk) -> None:
    """Beads of every column, some in epics and some waiting, that no agent takes."""
    lines = []
    for number in range(BEADS):
        bead = {
            "id": f"bench-n{number}", "title": f"Number {number} of the many things to do", "issue_type": "task",
            "status": STATUSES[number % len(STATUSES)], "priority": number % 5, "labels": ["api", "ui"][: number % 3],
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            "defer_until": "2099-01-01T00:00:00Z",
        }  # fmt: skip
        if number % 9 == 5:
            earlier = f"bench-n{number - 5}"
            bead["dependencies"] = [{"issue_id": bead["id"], "depends_on_id": earlier, "type": "blocks"}]
        lines.append(json.dumps(bead))
    answer = desk.http.post(
        "/api/v1/projects/bench/beads/import", content="\n".join(lines), headers={"Content-Type": "text/plain"},
        timeout=120,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


def _dragged(context: BrowserContext, system: System) -> list[float]:
    """Milliseconds between the frames while a card is carried about."""
    page = context.new_page()
    open_board(page, system)
    box = page.locator(".loom-column.is-open [data-bead]").nth(1).bounding_box()
    assert box is not None
    page.evaluate(FRAMES)
    page.mouse.move(box["x"] + 60, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 40, steps=4)
    page.evaluate("() => { window.frames = []; }")
    begun, step = time.monotonic(), 0
    while time.monotonic() - begun < DRAG_SECONDS:
        step = (step + 1) % 60
        page.mouse.move(300 + step * 17, 400 + step % 20 * 10)
    frames: list[float] = page.evaluate("() => window.frames")
    page.keyboard.press("Escape")
    page.mouse.up()
    page.close()
    return frames


def _moves(context: BrowserContext, system: System, desk: Desk) -> list[float]:
    """From a move by one person to the card in its new column in the browser of another."""
    page = context.new_page()
    open_board(page, system)
    page.wait_for_selector(".loom-live .loom-dot")
    bead_id = desk.bead("bench", "Moved about", priority=0, defer_until="2099-01-01T00:00:00Z")
    page.wait_for_selector(f'[data-bead="{bead_id}"]')
    took = [_move(page, desk, bead_id, ("blocked", "open")[number % 2]) for number in range(CHANGES)]
    page.close()
    return took


def _move(page: Page, desk: Desk, bead_id: str, status: str) -> float:
    asked = time.time() * 1_000
    assert desk.http.patch(f"/api/v1/beads/{bead_id}", json={"status": status}).status_code == 200
    seen: float = page.evaluate(SEEN, [bead_id, status])
    return seen - asked


def _cpu_of_a_change(system: System, desk: Desk) -> float:
    """What one move costs the web process while fifty boards hear of it, the writing and the idling counted in."""
    answer = desk.http.post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD})
    cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
    desk.http.cookies.clear()
    watchers = [Watcher(system.url, cookie, f"{Live.get_full_name()}.watch", "/board") for _ in range(BOARDS)]
    try:
        bead_id = desk.bead("bench", "Watched", defer_until="2099-01-01T00:00:00Z")
        until(lambda: all(watcher.heard(bead_id) for watcher in watchers), 60, what="all boards are live")
        return statistics.median(_cost(system, desk, bead_id, watchers, number) for number in range(CHANGES))
    finally:
        for watcher in watchers:
            watcher.close()


def _cost(system: System, desk: Desk, bead_id: str, watchers: list[Watcher], number: int) -> float:
    title = f"Watched {number}"
    before = _cpu(system)
    assert desk.http.patch(f"/api/v1/beads/{bead_id}", json={"title": title}).status_code == 200
    until(lambda: all(watcher.heard(title) for watcher in watchers), 30, what="all boards have heard")
    return (_cpu(system) - before) * 1_000


def _cpu(system: System) -> float:
    web = psutil.Process(system.pid("web"))
    times = [process.cpu_times() for process in [web, *web.children(recursive=True)]]
    return sum(one.user + one.system for one in times)
