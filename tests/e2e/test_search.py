"""The search under a person's hands: typed, walked by keyboard, put right, shared by its address."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.watching import until_live
from tests.support.system import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

NOW = "2026-01-01T00:00:00Z"
BEADS = {"cellar-1": "Label the pickled gherkins", "cellar-2": "Count jars", "cellar-3": "Pickle the beetroot"}


@pytest.fixture(scope="module", autouse=True)
def cellar(desk: Desk) -> None:
    """A project with three beads and a comment."""
    desk.post("/projects", {"id": "cellar", "name": "Cellar", "bead_prefix": "cellar"})
    common = {"priority": 2, "issue_type": "task", "created_at": NOW, "updated_at": NOW, "status": "closed"}
    lines = "\n".join(json.dumps({"id": name, "title": title, **common}) for name, title in BEADS.items())
    taken = desk.http.post("/api/v1/projects/cellar/beads/import", content=lines)
    assert taken.json()["created"] == len(BEADS), taken.text
    desk.post("/beads/cellar-2/comments", {"content": "The gherkins are on the upper shelf"})


def test_a_search_is_typed_walked_and_shared(page: Page) -> None:
    page.goto("/projects")
    until_live(page)
    page.keyboard.press("Control+k")
    field = page.get_by_role("searchbox", name="Search beads, comments and runs")
    expect(field).to_be_focused()
    field.press_sequentially("gherk")
    expect(page.locator("[data-found]")).to_have_count(2)
    expect(page.locator("[data-found=cellar-1] mark")).to_have_text("gherkins")
    expect(page.get_by_role("region", name="Comments").locator("mark")).to_have_text("gherkins")
    expect(page).to_have_url(re.compile(r"/search\?q=gherk$"))
    field.press("ArrowDown")
    expect(_link(page, "cellar-1")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/beads/cellar-1$"))
    page.go_back()
    expect(field).to_have_value("gherk")
    expect(page.locator("[data-found]")).to_have_count(2)


def test_what_was_misspelt_is_one_click_away(page: Page) -> None:
    page.goto("/search?q=beetrot")
    page.get_by_role("button", name="beetroot", exact=True).click()
    expect(_link(page, "cellar-3")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=beetroot$"))
    field = page.get_by_role("searchbox", name="Search beads, comments and runs")
    field.fill("status:clsoed jars")
    expect(page.get_by_text("clsoed is no status here. Did you mean closed?")).to_be_visible()
    field.fill("")
    expect(page.get_by_role("heading", name="What can be asked")).to_be_visible()


def _link(page: Page, bead_id: str) -> Locator:
    return page.locator(f"[data-found={bead_id}] a")
