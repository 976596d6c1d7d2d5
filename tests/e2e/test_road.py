"""The road from a fresh start to merged work, as a person walks it in the browser."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from loom_app.demo.service import BEADS
from loom_app.supervisor.places import ROOT
from tests.e2e.conftest import PATIENCE_MS, SCREEN
from tests.e2e.watching import RECORDER, Loads, card, column, until_live
from tests.support.git_repository import git
from tests.support.system import PASSWORD, Desk, System
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

ON_THE_WAY = """() => {
  const count = (status) => document.querySelectorAll(`.loom-column.is-${status} [data-bead]`).length;
  const told = document.querySelector('.loom-live').textContent.includes(`${count('in_progress')} of `);
  return count('open') > 0 && count('in_progress') > 1 && count('done') > 0 && told;
}"""
"""Cards in three columns, and the frame agrees with the board: worth a picture."""
DEMO_SECONDS = 240
UPDATE = "LOOM_UPDATE_SCREENSHOT"


def graph() -> dict[str, list[str]]:
    """The demo's beads with those they wait for."""
    rows = [json.loads(line) for line in BEADS.read_text().splitlines()]
    return {row["id"]: [link["depends_on_id"] for link in row.get("dependencies", ())] for row in rows}


@dataclass
class Journey:
    """What was seen between the click on the demo and the last bead: `page` stands on the board at the end."""

    page: Page
    home_said_demo: bool
    documents: int
    moves: list[tuple[str, str]]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running Loom that nobody has an account in yet."""
    fresh = System(tmp_path_factory.mktemp("loom") / "data")
    del fresh.env["LOOM_ADMIN_PASSWORD"]
    with fresh:
        yield fresh


@pytest.fixture(scope="module")
def page(browser: Browser, system: System) -> Iterator[Page]:
    """The one page all of this happens on."""
    context = browser.new_context(base_url=system.url, viewport=SCREEN)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(RECORDER)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def link(system: System) -> str:
    """The set-up link as it was printed."""
    told = until(lambda: re.search(r"First visit: open (http\S+) ", system.printed.read_text()), 30)
    assert told is not None
    return told[1]


@pytest.fixture(scope="module")
def account(page: Page, link: str) -> str:
    """Makes the first account with the link; its name as the page shows it afterwards."""
    page.goto(link)
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    until_live(page)
    return page.locator(".loom-name").inner_text()


@pytest.fixture(scope="module")
def desk(account: str, system: System) -> Desk:
    """The same Loom by REST."""
    return Desk(system.client())


@pytest.fixture(scope="module")
def journey(page: Page, account: str) -> Journey:
    """Signs in through the form, loads the demo with one click and watches the board until all is done."""
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    offer = page.get_by_role("button", name="Load the demo")
    expect(offer).to_be_enabled()
    said = page.locator(".loom-main .loom-demo").is_visible()
    loads = Loads(page)
    offer.click()
    page.mouse.move(0, 0)
    page.wait_for_url("**/board*")
    page.wait_for_function(ON_THE_WAY, timeout=DEMO_SECONDS * 1000)
    _keep_picture(page)
    expect(column(page, "done").locator("[data-bead]")).to_have_count(len(graph()), timeout=DEMO_SECONDS * 1000)
    return Journey(page, said, loads.count, page.evaluate("window.loomMoves"))


def _keep_picture(page: Page) -> None:
    """The board while beads are on their way, as the README shows it."""
    files = [ROOT / "build" / "board.png"]
    if os.environ.get(UPDATE) == "1":
        files.append(ROOT / "docs" / "images" / "board.png")
    picture = page.screenshot()
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture)


def test_the_printed_link_makes_the_first_user_and_signs_in(account: str) -> None:
    assert account == "admin"


def test_the_link_works_once(browser: Browser, account: str, link: str, system: System) -> None:
    context = browser.new_context()
    second = context.new_page()
    second.goto(link)
    expect(second.get_by_role("heading", name="Loom is set up")).to_be_visible()
    wanted = {"token": link.partition("token=")[2], "username": "eve", "password": PASSWORD}
    answer = context.request.post(f"{system.url}/api/v1/auth/setup", data=wanted)
    assert answer.status in (403, 409), answer.text()
    context.close()


def test_every_bead_went_from_open_over_in_progress_to_done(journey: Journey) -> None:
    for bead_id, waits_for in graph().items():
        way = [place for bead, place in journey.moves if bead == bead_id]
        whole = ["open", "in_progress", "done"]
        # One that waits for nothing may be at work before the board has opened.
        assert way == whole or (not waits_for and way == whole[1:]), f"{bead_id}: {journey.moves}"


def test_beads_reached_done_on_the_board_in_the_order_of_the_graph(journey: Journey) -> None:
    finished = [bead for bead, place in journey.moves if place == "done"]
    for bead_id, waits_for in graph().items():
        for other in waits_for:
            assert finished.index(other) < finished.index(bead_id), f"{bead_id} before {other}"


def test_no_bead_began_before_what_it_waits_for_was_done(journey: Journey, desk: Desk) -> None:
    told = desk.get("/events", type="bead.status_change", project_id="demo", limit=1000)["events"]
    at = {(event["subject_id"], event["data"]["to"]): event["seq"] for event in told}
    for bead_id, waits_for in graph().items():
        for other in waits_for:
            assert at[other, "done"] < at[bead_id, "in_progress"], f"{bead_id} before {other}"


def test_the_board_was_never_loaded_again(journey: Journey) -> None:
    assert journey.documents == 0


def test_the_demo_model_is_labelled_wherever_its_work_shows(journey: Journey) -> None:
    assert journey.home_said_demo
    page = journey.page
    expect(page.locator(".loom-live .loom-demo")).to_have_text("demo model")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.locator(".loom-main .loom-demo").first).to_have_text("demo model")
    _open_run(page, "demo-k3wa")
    expect(page.locator(".loom-run .loom-demo")).to_have_text("demo model")


def test_a_bead_shows_its_run_turn_by_turn(journey: Journey, desk: Desk) -> None:
    page = journey.page
    _open_run(page, "demo-k3wa")
    (told,) = desk.runs("demo-k3wa")
    run = page.locator(".loom-run")
    turns = run.locator(".loom-turn")
    expect(turns).to_have_count(told["turn_count"])
    first = turns.first
    for name in ("Prompt", "Reply"):
        first.locator("summary").get_by_text(name, exact=True).click()
        expect(first.get_by_label(name, exact=True)).to_be_visible()
    assert "demo-k3wa" in first.get_by_label("Prompt", exact=True).inner_text()
    assert '"actions"' in first.get_by_label("Reply", exact=True).inner_text()
    actions = [action for turn in told["turns"] for action in turn["actions"]]
    folds = run.locator(".loom-turn > .loom-fold")
    expect(folds).to_have_count(len(actions))
    for fold, action in zip(folds.all(), actions, strict=True):
        expect(fold.locator("summary code")).to_have_text(action["type"])
        fold.locator("summary").click()
        if action["message"]:
            expect(fold.locator(".loom-result").first).to_be_visible()
    expect(run.locator(".loom-diff .is-added").first).to_be_visible()


def test_a_run_shows_its_tokens_and_its_cost(journey: Journey, desk: Desk) -> None:
    page = journey.page
    _open_run(page, "demo-k3wa")
    (told,) = desk.runs("demo-k3wa")
    facts = page.locator(".loom-run > .loom-facts")
    assert told["tokens"]["input"] > 0
    expect(facts).to_contain_text(f"{told['tokens']['input']:,} in, {told['tokens']['output']:,} out")
    assert told["cost_micros"] > 0
    expect(facts).to_contain_text(re.compile(r"Cost\s*\$0\.\d{2,}"))
    expect(facts).to_contain_text(told["commit_hash"][:12])


def test_the_repository_has_one_commit_per_bead_by_its_agent(journey: Journey, desk: Desk) -> None:
    repository = Path(desk.get("/projects/demo")["work_dir"])
    names = {agent["id"]: f"{agent['name']} ({agent['role']})" for agent in desk.get("/agents")}
    wanted = {}
    for bead_id in graph():
        (run,) = desk.runs(bead_id)
        wanted[run["commit_hash"]] = names[run["agent_id"]]
    log = [line.split("\t") for line in git(repository, "log", "--format=%H%x09%an", "main").splitlines()]
    assert len(wanted) == len(graph())
    assert dict(log[:-1]) == wanted
    assert len(log) == len(wanted) + 1
    assert git(repository, "branch", "--list", "--format=%(refname:short)").splitlines() == ["main"]


def test_the_sample_is_green_at_the_end(journey: Journey, desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    git(tmp_path, "clone", "-q", desk.get("/projects/demo")["work_dir"], str(copy))
    ran = subprocess.run(
        [sys.executable, "-m", "unittest"], cwd=copy, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"Ran \d\d+ tests", ran.stderr)


def _open_run(page: Page, bead_id: str) -> None:
    """Goes to the bead by its card on the board."""
    page.get_by_role("link", name="Board", exact=True).click()
    card(page, bead_id).locator("h3").click()
    expect(page.locator(".loom-run")).to_be_visible()
    until_live(page)
