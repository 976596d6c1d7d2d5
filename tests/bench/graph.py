"""The work graph in a browser with 500 beads that depend on each other: until it is drawn, and while it is moved."""

import json
import random
import statistics
import time

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.bench.scenes import CHROMIUM, workshop
from tests.bench.table import Figure
from tests.support.system import PASSWORD, Desk, System

BEADS = 500
LOADS = 5
NOW = "2026-01-01T00:00:00Z"
RECORD = """() => {
  const shown = [];
  let last = performance.now();
  const step = (now) => { shown.push(now - last); last = now; window.loomFrame = requestAnimationFrame(step); };
  window.loomFrame = requestAnimationFrame(step);
  window.loomFrames = shown;
}"""
RECORDED = "() => { cancelAnimationFrame(window.loomFrame); return window.loomFrames.slice(1); }"


def scene() -> list[Figure]:
    """How long until a first look is possible, and from frame to frame while panning: near by, and all in view."""
    with workshop() as (system, desk):
        _fill(desk)
        with sync_playwright() as play, play.chromium.launch(**CHROMIUM) as browser:  # type: ignore[arg-type]
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            signed = {"username": "admin", "password": PASSWORD}
            assert context.request.post(f"{system.url}/api/v1/auth/login", data=signed).ok
            loads = [_first_look(context, system) for _ in range(LOADS)]
            page = context.new_page()
            _open(page, system)
            near = _frame_while_panning(page)
            page.get_by_role("button", name="Show the whole graph").click()
            whole = _frame_while_panning(page)
    return [
        Figure("graph_500_beads_first_look_median", statistics.median(loads), "s", 2),
        Figure("graph_500_beads_frame_near_mean", near, "ms", 20),
        Figure("graph_500_beads_frame_whole_mean", whole, "ms", 20),
    ]


def _fill(desk: Desk) -> None:
    """Beads with up to two dependencies each on beads shortly before them, as plans have them."""
    chance = random.Random(5)
    lines = []
    for number in range(1, BEADS + 1):
        bead_id = f"bench-{number}"
        nearby = range(max(1, number - 20), number)
        before = chance.sample(nearby, min(len(nearby), chance.choice([0, 1, 1, 2])))
        edges = [{"issue_id": bead_id, "depends_on_id": f"bench-{each}", "type": "blocks"} for each in before]
        lines.append(
            {"id": bead_id, "title": f"Number {number}", "status": "open", "priority": number % 5,
             "issue_type": "task", "created_at": NOW, "updated_at": NOW, "dependencies": edges,
             "defer_until": "2099-01-01T00:00:00Z"}
        )  # fmt: skip
    content = "\n".join(json.dumps(each) for each in lines)
    taken = desk.http.post("/api/v1/projects/bench/beads/import", content=content)
    assert taken.json()["created"] == BEADS, taken.text


def _open(page: Page, system: System) -> None:
    page.goto(f"{system.url}/graph?project=bench")
    page.wait_for_selector(".loom-node", timeout=60_000)


def _first_look(context: BrowserContext, system: System) -> float:
    page = context.new_page()
    begun = time.monotonic()
    _open(page, system)
    took = time.monotonic() - begun
    page.close()
    return took


def _frame_while_panning(page: Page) -> float:
    """Milliseconds from frame to frame while the drawing is dragged about for a few seconds."""
    box = page.locator(".loom-graph-frame").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(RECORD)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(150):
        page.mouse.move(x - (step % 75) * 5, y - (step % 25) * 6)
    page.mouse.up()
    frames: list[float] = page.evaluate(RECORDED)
    return statistics.mean(frames)
