"""The activity feed in the browser: live, filtered by its address, what was done many times opens."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.system import Desk


@pytest.fixture(scope="module")
def orchard(desk: Desk) -> Desk:
    """A project with five beads filed at once."""
    desk.post("/projects", {"id": "orchard", "name": "Orchard"})
    for number in range(5):
        desk.post("/beads", {"project_id": "orchard", "title": f"Prune tree {number}"})
    return desk


def test_what_happens_appears_by_itself_and_what_is_alike_opens(page: Page, orchard: Desk) -> None:
    page.goto("/activity?project_id=orchard&event_type=bead.created")
    lines = page.locator(".loom-activity > li")
    expect(lines).to_have_count(1)
    expect(lines.first).to_contain_text("and 4 more")
    lines.first.get_by_role("button", name="All 5").click()
    expect(lines.first.locator(".loom-activity-parts > li")).to_have_count(5)
    orchard.post("/beads", {"project_id": "orchard", "title": "Gather the plums"})
    expect(lines.first).to_contain_text("Gather the plums")
    expect(lines.first).to_contain_text("and 5 more")


def test_a_project_shows_its_latest_and_leads_to_all(page: Page, orchard: Desk) -> None:
    page.goto("/projects/orchard")
    latest = page.get_by_role("region", name="Recent activity")
    expect(latest.get_by_role("listitem").filter(has_text="made the project")).to_have_count(1)
    orchard.post("/beads", {"project_id": "orchard", "title": "Rake the leaves"})
    expect(latest.get_by_role("listitem").first).to_contain_text("Rake the leaves")
    latest.get_by_role("link", name="All activity").click()
    expect(page).to_have_url(re.compile("/activity.*project_id=orchard"))


def test_filters_are_in_the_address_and_go_back(page: Page, orchard: Desk) -> None:
    page.goto("/activity")
    page.get_by_label("Project", exact=True).select_option("orchard")
    page.get_by_label("Of", exact=True).select_option("project")
    expect(page).to_have_url(re.compile("project_id=orchard.*resource_type=project"))
    expect(page.locator(".loom-activity > li").last).to_contain_text("made the project")
    expect(page.locator(".loom-activity > li").filter(has_text="filed")).to_have_count(0)
    page.get_by_label("Until", exact=True).fill("2020-01-01")
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page).to_have_url(re.compile(r"/activity/?$"))
    page.go_back()
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()


def test_whose_name_is_chosen_is_what_is_shown(page: Page, orchard: Desk) -> None:
    page.goto("/activity?project_id=orchard")
    page.get_by_role("button", name="admin").first.click()
    expect(page.get_by_role("button", name="only admin ×")).to_be_visible()
    expect(page).to_have_url(re.compile("actor_id="))
