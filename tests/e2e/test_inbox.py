"""The inbox under a person's hands: what needs them first, answered there, put away, live with the bell."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.watching import serious_faults, until_live
from tests.support.system import Desk, System

PROJECT, WHO, SECRET = "inbox-house", "ines", "a stranger to every list 9"


@pytest.fixture(scope="module")
def house(desk: Desk) -> Desk:
    """A project with a member who is told things."""
    desk.post("/auth/users", {"username": WHO, "password": SECRET, "role": "user"})
    desk.post("/projects", {"id": PROJECT, "name": "House", "bead_prefix": "hou"})
    answer = desk.http.put(f"/api/v1/projects/{PROJECT}/members/{WHO}", json={"role": "member"})
    assert answer.status_code in (200, 201), answer.text
    return desk


@pytest.fixture
def told(house: Desk, system: System, visit: Any) -> Page:
    """A page of the member, who has read what there was."""
    context: BrowserContext = visit(storage_state=None)
    answer = context.request.post("/api/v1/auth/login", data={"username": WHO, "password": SECRET})
    assert answer.ok, answer.text()
    for one in context.request.get("/api/v1/notifications?limit=200").json()["notifications"]:
        put_away = context.request.post(f"/api/v1/notifications/{one['id']}/archive", headers={"Origin": system.url})
        assert put_away.ok, put_away.text()
    return context.new_page()


def ask(desk: Desk, question: str, **more: Any) -> str:
    given = {"project_id": PROJECT, "question": question, "options": ["Rye", "Wheat"], **more}
    return str(desk.post("/decisions", given)["id"])


def rows(page: Page) -> Locator:
    return page.locator("[data-notification]")


def opened(page: Page, query: str = "") -> None:
    page.goto(f"/inbox{query}")
    until_live(page)
    expect(page.locator(".loom-inbox[data-loaded]")).to_be_visible()


def test_what_needs_one_stands_first_by_risk_and_is_answered_there(told: Page, house: Desk) -> None:
    bead = house.bead(PROJECT, "Sweep the floor", defer_until="2099-01-01T00:00:00Z")
    low = ask(house, "Which flour?", risk="low")
    high = ask(house, "Which oven?", risk="high")
    house.post(f"/beads/{bead}/comments", {"content": f"@{WHO} the broom is broken"})
    opened(told)
    expect(rows(told)).to_have_count(3)
    expect(rows(told).nth(0)).to_contain_text("Which oven?")
    expect(rows(told).nth(0)).to_contain_text("You see this because")
    expect(rows(told).nth(1)).to_contain_text("Which flour?")
    expect(rows(told).nth(2)).to_contain_text("mentioned you on Sweep the floor")
    assert serious_faults(told) == []
    told.keyboard.press("j")
    told.keyboard.press("a")
    form = rows(told).nth(0).get_by_role("form", name="Answer")
    form.get_by_label("Rye").check()
    form.get_by_role("button", name="Answer: Rye").click()
    expect(told.locator("[data-notification]", has_text="Which oven?")).to_contain_text("Settled")
    assert house.get(f"/decisions/{high}")["decision"] == "Rye"
    house.post(f"/decisions/{low}/decide", {"decision": "Wheat"})
    expect(told.locator("[data-notification]", has_text="Which flour?")).to_contain_text("It was answered: Wheat")


def test_the_bell_counts_and_shows_what_is_new_by_itself(told: Page, house: Desk) -> None:
    told.goto("/activity")
    until_live(told)
    bell = told.locator(".loom-bell")
    expect(bell).to_have_accessible_name("Notifications: nothing new")
    ask(house, "Is it live?")
    expect(bell).to_have_accessible_name("Notifications: 1 unread, 1 waits for you")
    bell.click()
    newest = told.locator("[data-told]").first
    expect(newest).to_contain_text("Is it live?")
    newest.get_by_role("link").click()
    expect(told).to_have_url(re.compile(r"/decisions\?id=.*dec-"))
    expect(bell).to_have_accessible_name("Notifications: 0 unread, 1 waits for you")


def test_done_comes_back_by_undo_and_put_off_waits_under_later(told: Page, house: Desk) -> None:
    bead = house.bead(PROJECT, "Wash up", defer_until="2099-01-01T00:00:00Z")
    for word in ("plates", "cups"):
        house.post(f"/beads/{bead}/comments", {"content": f"@{WHO} the {word}"})
    opened(told)
    expect(rows(told)).to_have_count(2)
    told.keyboard.press("j")
    told.keyboard.press("e")
    expect(rows(told)).to_have_count(1)
    told.get_by_role("button", name="Undo").click()
    expect(rows(told)).to_have_count(2)
    rows(told).first.get_by_role("button", name="Put off").click()
    rows(told).first.get_by_role("button", name="Tomorrow morning").click()
    expect(rows(told)).to_have_count(1)
    told.get_by_role("tab", name="Later").click()
    expect(told).to_have_url(re.compile("view=snoozed"))
    expect(rows(told)).to_have_count(1)
    told.get_by_role("button", name="Back to the inbox").click()
    expect(told.get_by_text("You have put nothing off.")).to_be_visible()
    told.go_back()
    expect(rows(told)).to_have_count(2)
    told.get_by_role("button", name="Mark all read").click()
    expect(told.locator(".loom-told.is-unread")).to_have_count(0)
    told.reload()
    expect(rows(told)).to_have_count(2)
    expect(told.locator(".loom-told.is-unread")).to_have_count(0)


def test_wishes_are_kept_and_only_what_changed_is_sent(told: Page) -> None:
    told.goto("/account/notifications")
    told.get_by_label("once a day").check()
    told.get_by_label("Quiet hours").check()
    told.get_by_label("Mentions").uncheck()
    with told.expect_request(lambda one: one.method == "PATCH") as sent:
        told.get_by_role("button", name="Save").click()
    given = sent.value.post_data_json
    assert set(given or ()) == {"digest_mode", "quiet_hours_start", "quiet_hours_end", "subscribed_events"}
    expect(told.get_by_role("button", name="Save")).to_be_disabled()
    told.reload()
    expect(told.get_by_label("once a day")).to_be_checked()
    expect(told.get_by_label("Mentions")).not_to_be_checked()
    assert serious_faults(told) == []
    told.get_by_label("Mentions").check()
    told.get_by_role("button", name="Save").click()
    expect(told.get_by_role("button", name="Save")).to_be_disabled()
