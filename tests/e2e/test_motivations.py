"""The page of motivations: found by its address, switched by keyboard, changed, tried, fired by hand."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.watching import until_live
from tests.support.system import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PROJECT = "granary"
NAME = "Sweep the floor"
ADDRESS = f"/motivations?project={PROJECT}&origin=own"


@pytest.fixture(scope="module", autouse=True)
def sweep(desk: Desk) -> str:
    """A motivation of a project with somebody to wake."""
    desk.post("/projects", {"id": PROJECT, "name": "Granary", "bead_prefix": "gra"})
    desk.post("/agents", {"project_id": PROJECT, "persona_name": "default/housekeeping-bot", "name": "Broom"})
    wanted = {
        "name": NAME, "condition": "scheduled_interval", "parameters": {"interval": "24h"}, "project_id": PROJECT,
        "agent_role": "housekeeping-bot", "create_bead": True, "bead_template": "system-cleanup",
    }  # fmt: skip
    return str(desk.post("/motivations", wanted)["id"])


def test_switched_changed_tried_and_fired(page: Page, desk: Desk, sweep: str) -> None:
    page.goto(ADDRESS)
    until_live(page)
    row = page.locator(f"[data-motivation={sweep}]")
    expect(page.locator("[data-motivation]")).to_have_count(1)
    switch = row.get_by_role("switch")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert desk.get(f"/motivations/{sweep}")["status"] == "disabled"
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")

    row.get_by_role("button", name=NAME, exact=True).click()
    expect(page).to_have_url(re.compile(rf"project={PROJECT}&origin=own&id={sweep}$"))
    shown = page.locator(f"[data-shown={sweep}]")
    shown.get_by_role("button", name="Would it fire now?").click()
    expect(shown.get_by_text("It would not fire")).to_be_visible()
    shown.get_by_role("button", name="Edit").click()
    page.get_by_label("Interval").fill("soon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is not a duration such as 30m, 24h or 7d")).to_be_visible()
    page.get_by_label("Interval").fill("12h")
    page.get_by_role("button", name="Save").click()
    expect(shown.get_by_text("every 12h")).to_be_visible()

    shown.get_by_role("button", name="Trigger…").click()
    page.get_by_role("button", name="Fire now").click()
    made = page.get_by_role("dialog").locator(".loom-id")
    expect(made).to_be_visible()
    assert desk.get(f"/motivations/{sweep}")["trigger_count"] == 1
    bead_id = made.inner_text()
    page.get_by_role("button", name="Close", exact=True).last.click()
    expect(shown.locator("[data-trigger]")).to_contain_text(bead_id)


def test_history_and_a_narrow_screen(page: Page, sweep: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"/motivations?view=history&project={PROJECT}")
    fired = page.locator("[data-trigger]")
    expect(fired).to_have_count(1)
    fired.get_by_text("Evidence").click()
    expect(fired.get_by_text("asked by")).to_be_visible()
    page.get_by_role("tab", name="History").press("ArrowLeft")
    expect(page).not_to_have_url(re.compile("view=history"))
    expect(page.locator(f"[data-motivation={sweep}]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
