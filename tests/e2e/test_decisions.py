"""The inbox under a person's hands: walked and answered by keyboard, many at once, passed on, put off, live.

And the page of a change, from which one of its questions is answered line by line.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.watching import until_live
from tests.support.git_repository import git, made, subjects
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.waiting import until
from tests.support.workshop import acts, done, write

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PROJECT = "bakery"
DIFF = "--- a/dough.txt\n+++ b/dough.txt\n@@ -1 +1 @@\n-water\n+milk\n"


@pytest.fixture(scope="module")
def system(alone: System) -> System:
    """One of its own, since it has a model."""
    return alone


@pytest.fixture(scope="module", autouse=True)
def bakery(desk: Desk) -> None:
    """A project to ask about."""
    desk.post("/projects", {"id": PROJECT, "name": "Bakery", "bead_prefix": "bak"})


def ask(desk: Desk, question: str, **more: Any) -> str:
    return str(desk.post("/decisions", {"project_id": PROJECT, "question": question, **more})["id"])


def clear(desk: Desk) -> None:
    """Takes back whatever waits."""
    for one in desk.get("/decisions", status="open", limit=200):
        assert desk.http.request("DELETE", f"/api/v1/decisions/{one['id']}").status_code == 200


def rows(page: Page) -> Locator:
    return page.locator("[data-decision]")


def shown(page: Page, decision_id: str) -> None:
    expect(page.locator(f"[data-asked={decision_id}]")).to_be_visible()


def test_walked_and_answered_by_keyboard(page: Page, desk: Desk) -> None:
    clear(desk)
    bead_id = desk.bead(PROJECT, "Bake rye bread", defer_until="2099-01-01T00:00:00Z")
    risky = ask(desk, "May milk go in?", kind="approval", risk="high", bead_id=bead_id, context={"diff": DIFF})
    easy = ask(desk, "Which flour?", options=["Rye", "Wheat"], recommendation="Rye", risk="low")
    page.goto("/decisions")
    until_live(page)
    expect(rows(page)).to_have_count(2)
    shown(page, risky)
    expect(page.locator(".loom-diff .is-added", has_text="+milk")).to_be_visible()
    page.keyboard.press("j")
    shown(page, easy)
    expect(page).to_have_url(re.compile(rf"id={easy}$"))
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-decision={easy}]")).to_have_count(0)
    assert desk.get(f"/decisions/{easy}")["decision"] == "Rye"
    shown(page, risky)
    page.keyboard.press("1")
    page.get_by_role("button", name="Approve with changes …").click()
    page.get_by_label("What to do differently").fill("Label it.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    answered = desk.get(f"/decisions/{risky}")
    assert (answered["decision"], answered["changes"]) == ("approve", "Label it.")
    page.get_by_role("tab", name=re.compile("^Answered")).click()
    expect(page.locator(f"[data-decision={risky}]")).to_contain_text("Approve · admin")


def test_several_at_once_and_what_others_answered_meanwhile(page: Page, desk: Desk) -> None:
    clear(desk)
    ids = [ask(desk, f"May it be number {number}?", kind="approval") for number in range(3)]
    page.goto("/decisions")
    until_live(page)
    expect(rows(page)).to_have_count(len(ids))
    for box in page.get_by_role("checkbox", name=re.compile("^Select")).all():
        box.check()
    page.get_by_role("button", name="Answer together …").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why").fill("All are fine.")
    desk.post(f"/decisions/{ids[1]}/decide", {"decision": "deny", "rationale": "Not this one."})
    dialog.get_by_role("button", name="Answer all").click()
    expect(rows(page)).to_have_count(0)
    assert [desk.get(f"/decisions/{one}")["decision"] for one in ids] == ["approve", "deny", "approve"]


def test_passed_on_put_off_and_followed(page: Page, desk: Desk) -> None:
    clear(desk)
    desk.post("/auth/users", {"username": "ann", "password": "a stranger to every list 9", "role": "user"})
    desk.http.put(f"/api/v1/projects/{PROJECT}/members/ann", json={"role": "member"})
    first = ask(desk, "Which oven?")
    page.goto(f"/decisions?id={first}")
    until_live(page)
    shown(page, first)
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Pass it on to").select_option(label="ann")
    dialog.get_by_role("button", name="Pass on").click()
    expect(page.get_by_label("Who had it")).to_contain_text("ann")
    second = ask(desk, "Which tray?", risk="critical")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_have_attribute("data-decision", second)
    page.locator("summary", has_text="Put off").click()
    page.get_by_role("button", name="For an hour").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("tab", name=re.compile("^Put off")).click()
    expect(page.locator(f"[data-decision={first}]")).to_be_visible()


def test_a_bead_leads_to_what_it_waits_for(page: Page, desk: Desk) -> None:
    clear(desk)
    bead_id = desk.bead(PROJECT, "Buy an oven", defer_until="2099-01-01T00:00:00Z")
    asked = ask(desk, "Gas or wood?", bead_id=bead_id)
    page.goto(f"/beads/{bead_id}")
    until_live(page)
    page.get_by_label("Open decisions").get_by_role("link", name="Answer it").click()
    shown(page, asked)
    page.set_viewport_size({"width": 360, "height": 800})
    page.get_by_role("button", name="← All decisions").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name=re.compile("Gas or wood")).click()
    page.get_by_label("Your answer").fill("Wood.")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    assert desk.get(f"/beads/{bead_id}")["status"] == "open"


MENU = [f"dish {number}" for number in range(450)]


@pytest.fixture(scope="module")
def reviewed(desk: Desk, model: ProviderProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of a project in which people look at every change; its one agent tries three times."""
    origin = made(tmp_path_factory.mktemp("inn") / "inn", {"bread.py": "flour = 500\nsalt = 10\n", "menu.txt": ""})
    git(origin, "checkout", "-q", "--detach")
    menu = write("menu.txt", "\n".join(MENU) + "\n")
    for flour in (450, 400, 350):
        model.script({"when": "Less flour", **acts(write("bread.py", f"flour = {flour}\nsalt = 10\n"), menu, done())})
    desk.post("/providers", {"id": "model", "endpoint": model.url, "model": "test-model"})
    draft = {"id": "inn", "name": "Inn", "git_repo": str(origin), "git_strategy": "branch-pr", "beads_sync": "off"}
    desk.post("/projects", draft)
    desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": "inn"})
    return origin


def looked_at(page: Page, desk: Desk, bead_id: str, number: int) -> dict[str, Any]:
    """The bead's run of that number once it waits for review, its change open on the page."""
    run = until(lambda: waiting_run(desk, bead_id, number), 60, what=f"run {number} waits for review")
    assert run is not None
    page.goto(f"/runs/{run['id']}/diff")
    until_live(page)
    expect(page.get_by_text("Waits for review", exact=True)).to_be_visible()
    return run


def waiting_run(desk: Desk, bead_id: str, number: int) -> dict[str, Any] | None:
    runs = desk.runs(bead_id)
    return runs[number - 1] if len(runs) == number and runs[-1]["status"] == "waiting" else None


def say(page: Page, line: str, text: str) -> None:
    """Says something of a line of the change."""
    page.get_by_role("button", name=f"Say something of {line}", exact=True).first.click()
    page.get_by_label("What to say of this line").fill(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".loom-diff-said", has_text=text)).to_contain_text("goes with the verdict")


def test_a_change_is_looked_at_sent_back_twice_and_merged(page: Page, desk: Desk, reviewed: Path) -> None:
    clear(desk)
    bead_id = desk.bead("inn", "Less flour")
    looked_at(page, desk, bead_id, 1)
    bread = page.get_by_role("region", name="Lines of bread.py")
    expect(bread.locator("table.is-split tr", has_text="flour = 450")).to_contain_text("flour = 500")
    expect(bread.locator(".hljs-number").first).to_be_visible()
    page.get_by_role("button", name="Unified").click()
    expect(bread.locator("table.is-unified .is-removed")).to_contain_text("flour = 500")
    menu = page.get_by_role("region", name="Lines of menu.txt")
    expect(menu).to_have_count(0)
    page.get_by_role("button", name="Show them").click()
    expect(menu.locator(".is-added")).to_have_count(len(MENU))
    say(page, "line 1", "Even less.")
    page.get_by_role("button", name="Send back with 1 comment").click()
    page.get_by_role("dialog").get_by_role("button", name="Send back").click()
    expect(page.get_by_text("Sent back to its agent")).to_be_visible()

    second = looked_at(page, desk, bead_id, 2)
    assert "bread.py:1: Even less." in second["turns"][0]["prompt"]
    expect(page.locator("table.is-unified").first).to_be_visible()
    say(page, "line 1", "Half of that.")
    page.get_by_role("link", name="In the inbox").click()
    page.get_by_role("radio", name=re.compile("Send back", re.IGNORECASE)).check()
    expect(page.get_by_text("The comment on a line of the change goes with it.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Answer: ")).click()
    expect(page.get_by_text("Nothing waits for you.").or_(rows(page).first)).to_be_visible()

    third = looked_at(page, desk, bead_id, 3)
    assert "bread.py:1: Half of that." in third["turns"][0]["prompt"]
    page.get_by_role("button", name="Approve and merge").click()
    page.get_by_role("dialog").get_by_role("button", name="Approve and merge").click()
    expect(page.get_by_text("Landed", exact=True)).to_be_visible()
    desk.until_bead(bead_id)
    assert subjects(reviewed) == ["The recipe so far", "Less flour"]
