"""The board under a person's hands, and what it shows of what others do."""

import os
import re
import signal
import time

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.e2e.conftest import Visit
from tests.e2e.watching import Loads, card, column, open_board, serious_faults, until_live
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.waiting import until
from tests.support.workshop import acts, done

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

SHELF = "shelf"
"""A project without agents: its beads are moved by people alone."""


@pytest.fixture(scope="module")
def system(alone: System) -> System:
    """One of its own, since it has a model."""
    return alone


@pytest.fixture(scope="module", autouse=True)
def shelf(desk: Desk) -> None:
    """The project, empty."""
    desk.post("/projects", {"id": SHELF, "name": "Shelf", "bead_prefix": "shelf"})


def drag(page: Page, bead_id: str, status: str) -> None:
    """Moves a card into another column by mouse."""
    start, goal = card(page, bead_id).bounding_box(), column(page, status).locator(".loom-cards").bounding_box()
    assert start is not None
    assert goal is not None
    page.mouse.move(start["x"] + 40, start["y"] + 14)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 20, steps=4)
    expect(page.locator(".is-dragging")).to_be_visible()
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + 30, steps=12)
    expect(column(page, status).locator(".loom-cards.is-over")).to_be_visible()
    page.mouse.up()


def notice(page: Page) -> Locator:
    """What the board last told."""
    return page.locator(".loom-notice")


def status_of(desk: Desk, bead_id: str) -> str:
    """Where the server says the bead stands."""
    return str(desk.get(f"/beads/{bead_id}")["status"])


def move(desk: Desk, bead_id: str, status: str) -> None:
    """Moves a bead by REST."""
    answer = desk.http.patch(f"/api/v1/beads/{bead_id}", json={"status": status})
    assert answer.status_code == 200, answer.text


def test_a_bead_is_moved_by_mouse(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(SHELF, "Dust the upper board")
    open_board(page)
    drag(page, bead_id, "blocked")
    expect(notice(page)).to_contain_text(f"{bead_id} moved to blocked.")
    expect(card(page, bead_id, "blocked")).to_be_visible()
    assert status_of(desk, bead_id) == "blocked"


def test_a_bead_is_moved_by_keyboard(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(SHELF, "Dust the lower board")
    open_board(page)
    card(page, bead_id).focus()
    page.keyboard.press("m")
    expect(page.locator("[aria-live=assertive]")).to_contain_text(f"{bead_id} picked up from Open")
    page.keyboard.press("ArrowRight")
    expect(column(page, "in_progress").locator(".loom-cards.is-over")).to_be_visible()
    expect(page.locator("[aria-live=assertive]")).to_contain_text("Over In progress")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text(f"{bead_id} moved to in progress.")
    expect(card(page, bead_id, "in_progress")).to_be_visible()
    assert status_of(desk, bead_id) == "in_progress"


def test_escape_leaves_a_lifted_bead_where_it_was(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(SHELF, "Leave the lamp")
    open_board(page)
    card(page, bead_id).focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".is-lifted")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".is-lifted")).to_have_count(0)
    expect(card(page, bead_id, "open")).to_be_visible()
    assert status_of(desk, bead_id) == "open"


def test_a_refused_move_rolls_back_and_says_why(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(SHELF, "Put up the hooks")
    move(desk, bead_id, "done")
    open_board(page)
    drag(page, bead_id, "blocked")
    expect(notice(page)).to_contain_text(f"{bead_id} stays in done: ")
    expect(notice(page)).to_contain_text("from there it can go to open, not to blocked")
    expect(card(page, bead_id, "done")).to_be_visible()
    assert status_of(desk, bead_id) == "done"


def test_an_answer_that_comes_late_does_not_bring_back_what_was(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(SHELF, "Wind the clock")
    open_board(page)
    expect(card(page, bead_id, "open")).to_be_visible()
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(re.compile(r"/api/v1/board\?"), hold_the_first)
    desk.http.patch(f"/api/v1/projects/{SHELF}", json={"wip_limits": {"done": 900}})
    until(lambda: page.evaluate("() => 1") and held, 20, what="the page loads the board again")
    desk.http.patch(f"/api/v1/beads/{bead_id}", json={"title": "Wind the old clock"})
    move(desk, bead_id, "blocked")
    expect(card(page, bead_id, "blocked")).to_be_visible()
    with page.expect_response(re.compile(r"/api/v1/board\?")):
        held[0][0].fulfill(response=held[0][1])
    expect(card(page, bead_id, "blocked")).to_contain_text("Wind the old clock")
    moves = [place for bead, place in page.evaluate("window.loomMoves") if bead == bead_id]
    assert moves == ["open", "blocked"]


def test_a_move_is_undone(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(SHELF, "Sort the jars")
    open_board(page)
    drag(page, bead_id, "done")
    expect(notice(page)).to_contain_text("moved to done")
    notice(page).get_by_role("button", name="Undo").click()
    expect(card(page, bead_id, "open")).to_be_visible()
    expect(notice(page)).to_have_count(0)
    until(lambda: status_of(desk, bead_id) == "open")


def test_filters_stand_in_the_address_and_survive_a_reload(page: Page, desk: Desk) -> None:
    desk.post("/projects", {"id": "attic", "name": "Attic", "bead_prefix": "attic"})
    wanted = desk.bead("attic", "Lift the trunk", type="bug", priority=1)
    others = [desk.bead("attic", "Lift the carpet", priority=3), desk.bead(SHELF, "Lift the trunk lid", priority=1)]
    open_board(page)
    page.get_by_label("Project", exact=True).select_option("attic")
    page.get_by_label("Filter beads by text").fill("trunk")
    page.get_by_label("Priority", exact=True).select_option("1")
    for _ in range(2):
        expect(page.locator("[data-bead]")).to_have_count(1)
        expect(card(page, wanted)).to_be_visible()
        expect(page).to_have_url(re.compile(r"/board/?\?project=attic&q=trunk&priority=1$"))
        page.reload()
        until_live(page)
    expect(page.get_by_label("Filter beads by text")).to_have_value("trunk")
    page.get_by_role("button", name="Clear").click()
    for bead_id in others:
        expect(card(page, bead_id)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/board/?$"))


def test_another_browser_sees_a_move_without_loading_again(page: Page, desk: Desk, visit: Visit) -> None:
    bead_id = desk.bead(SHELF, "Hang the scales")
    other = visit().new_page()
    open_board(page)
    open_board(other)
    loads = Loads(other)
    drag(page, bead_id, "in_progress")
    expect(card(other, bead_id, "in_progress")).to_be_visible()
    assert loads.count == 0


def test_what_is_done_by_rest_shows_within_a_second(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(SHELF, "Oil the hinges")
    open_board(page)
    loads = Loads(page)
    took = []
    for status in ("in_progress", "blocked", "done"):
        begun = time.monotonic()
        move(desk, bead_id, status)
        expect(card(page, bead_id, status)).to_be_visible()
        took.append(time.monotonic() - begun)
    assert min(took) < 1, f"{took}: the fastest of three, since other programs may hold one up"
    assert loads.count == 0


def test_a_new_bead_shows_what_it_waits_for_and_when_that_is_over(page: Page, desk: Desk) -> None:
    first = desk.bead(SHELF, "Buy the screws")
    open_board(page)
    second = desk.bead(SHELF, "Use the screws", blocked_by=[first])
    expect(card(page, second).locator(".loom-why")).to_contain_text(f"Waits for {first}")
    move(desk, first, "done")
    expect(card(page, second).locator(".loom-why")).to_have_count(0)


def test_a_bead_is_made_in_the_dialog(page: Page, desk: Desk) -> None:
    open_board(page, f"?project={SHELF}")
    page.get_by_role("button", name="New bead").click()
    dialog = page.get_by_role("dialog", name="New bead")
    dialog.get_by_label("Title").fill("Level the shelf")
    dialog.get_by_label("Tags").fill("wood, tools")
    dialog.get_by_label("Blocked by").fill("shelf-none")
    dialog.get_by_role("button", name="Create bead").click()
    expect(dialog.get_by_role("alert")).to_contain_text("There is no bead shelf-none")
    expect(dialog.get_by_label("Title")).to_have_value("Level the shelf")
    dialog.get_by_label("Blocked by").fill("")
    dialog.get_by_role("button", name="Create bead").click()
    expect(dialog).to_have_count(0)
    made = column(page, "open").locator("[data-bead]", has_text="Level the shelf")
    expect(made).to_contain_text("tools")
    (bead,) = (bead for bead in desk.get("/beads", project_id=SHELF) if bead["title"] == "Level the shelf")
    assert (bead["tags"], bead["created_by"]) == (["wood", "tools"], "admin")


def test_a_run_is_stopped_on_its_page(page: Page, desk: Desk, model: ProviderProcess) -> None:
    model.script({"when": "Wind the clock", "delay": 120, **acts(done())})
    desk.post("/providers", {"id": "model", "endpoint": model.url, "model": "test-model"})
    desk.post("/projects", {"id": "hall", "name": "Hall", "bead_prefix": "hall"})
    desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": "hall"})
    bead_id = desk.bead("hall", "Wind the clock")
    open_board(page, "?project=hall")
    expect(card(page, bead_id, "in_progress").locator(".loom-evidence")).to_contain_text("Turn 1")
    card(page, bead_id, "in_progress").locator(".loom-id").click()
    loads = Loads(page)
    expect(page.get_by_text("waiting for the model")).to_be_visible()
    page.get_by_role("button", name="Stop this run").click()
    expect(page.locator('.loom-bead[data-status="blocked"]')).to_be_visible()
    expect(page.locator(".loom-reason")).to_contain_text("A person stopped this run")
    expect(page.locator(".loom-run .loom-status")).to_have_text("Stopped")
    expect(page.get_by_role("button", name="Stop this run")).to_have_count(0)
    assert loads.count == 0
    assert [run["terminal_reason"] for run in desk.runs(bead_id)] == ["cancelled"]


def test_a_run_is_paused_spoken_to_taken_over_and_given_back_on_its_page(
    page: Page, desk: Desk, model: ProviderProcess
) -> None:
    first = {"type": "write_file", "path": "chime.txt", "content": "ding\n"}
    model.script({"when": "Mend the chime", "delay": 3, **acts(first)}, {"when": "Mend the chime", **acts(done())})
    bead_id = desk.bead("hall", "Mend the chime")
    page.goto(f"/beads/{bead_id}?tab=runs")
    page.get_by_role("button", name="Pause", exact=True).click()
    status = page.locator(".loom-run .loom-status")
    expect(status).to_have_text("Paused")
    page.get_by_role("button", name="Say something").click()
    page.get_by_label("Message to the agent").fill("Once is enough.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".loom-nudge")).to_contain_text("not heard yet")
    page.get_by_role("button", name="Step by step").click()
    replay = page.get_by_role("region", name="The run step by step")
    expect(replay.get_by_role("heading", level=4)).to_have_text("Turn 2 of 2 (now)")
    page.keyboard.press("ArrowLeft")
    expect(replay.get_by_role("heading", level=4)).to_have_text("Turn 1 of 2")
    expect(replay.get_by_role("region", name="Changed")).to_contain_text("+ding")
    page.get_by_role("button", name="Take over", exact=True).click()
    page.get_by_role("button", name="Take it over now").click()
    expect(status).to_have_text("Taken over")
    assert desk.get(f"/beads/{bead_id}")["status"] == "in_progress"
    page.get_by_label("What the agent is to know").fill("It chimes.")
    page.get_by_role("button", name="Give it back").click()
    desk.until_bead(bead_id)
    taken, last = sorted(desk.runs(bead_id), key=lambda run: str(run["created_at"]))
    assert (taken["terminal_reason"], last["terminal_reason"]) == ("taken_over", "completed")
    prompt = desk.get(f"/runs/{last['id']}")["turns"][0]["prompt"]
    assert "It chimes." in prompt
    assert "Once is enough." in prompt


def test_a_page_outlives_the_web_process(page: Page, desk: Desk, system: System) -> None:
    bead_id = desk.bead(SHELF, "Replace the bulb")
    open_board(page)
    loads = Loads(page)
    os.kill(system.pid("web"), signal.SIGKILL)
    lost = page.get_by_text("Cannot connect to server")
    expect(lost).to_be_visible()
    until(system.answers, 60, what="the web process is back")
    move(desk, bead_id, "blocked")  # the page may not have found back yet: this must not be lost on it
    expect(card(page, bead_id, "blocked")).to_be_visible()
    expect(lost).to_have_count(0)
    drag(page, bead_id, "done")
    expect(notice(page)).to_contain_text(f"{bead_id} moved to done.")
    assert loads.count == 0
    assert status_of(desk, bead_id) == "done"


def test_a_person_pairs_with_an_agent_on_a_bead_s_page(page: Page, desk: Desk, model: ProviderProcess) -> None:
    wrote = '{"actions": [{"type": "write_file", "path": "attic.txt", "content": "swept\\n"}]}'
    model.script(
        {"when": "Sweep the garret", "reply": f"I **sweep** it.\n\n```actions\n{wrote}\n```\n"},
        {"when": "Sweep the garret", "reply": "It is swept."},
        {"when": "Sweep the garret", "reply": "Dust, dust. " * 200, "piece": 6, "piece_delay": 0.1},
    )
    desk.http.post("/api/v1/providers", json={"id": "model", "endpoint": model.url, "model": "test-model"})
    desk.post("/projects", {"id": "garret", "name": "Garret", "bead_prefix": "garret"})
    agent = desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": "garret", "name": "Quinn"})
    desk.post(f"/agents/{agent['id']}/pause")
    bead_id = desk.bead("garret", "Sweep the garret")
    page.goto(f"/beads/{bead_id}?tab=pair")
    message, log = page.get_by_label("Message to Quinn"), page.get_by_role("log")
    message.fill("Please do.")
    message.press("Enter")
    expect(log).to_contain_text("It is swept.")
    expect(log.locator("strong")).to_have_text("sweep")
    expect(log.get_by_label("Diff")).to_contain_text("+swept")
    expect(log).not_to_contain_text("```")
    expect(page.get_by_role("region", name="What you changed together")).to_contain_text("garret")
    assert not serious_faults(page), "\n".join(serious_faults(page))
    message.fill("What lies there?")
    message.press("Enter")
    expect(log).to_contain_text("Dust, dust.")
    page.reload()
    expect(log).to_contain_text("It is swept.")
    expect(page.get_by_text("Quinn is answering")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(log).to_contain_text("It was stopped.")
    page.get_by_role("button", name="Finish").click()
    page.get_by_label("What was done").fill("The garret is swept.")
    page.get_by_role("button", name="Finish it").click()
    expect(page.locator('.loom-bead[data-status="done"]')).to_be_visible()
    assert "The garret is swept." in str(desk.runs(bead_id)[-1]["message"])
