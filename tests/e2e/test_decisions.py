"""The inbox under a person's hands: walked and answered by keyboard, many at once, passed on, put off, live."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.watching import until_live
from tests.support.system import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PROJECT = "bakery"
DIFF = "--- a/dough.txt\n+++ b/dough.txt\n@@ -1 +1 @@\n-water\n+milk\n"


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
