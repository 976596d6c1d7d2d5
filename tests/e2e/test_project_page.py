"""The page of a project: its files, milestones, settings and end, kept in the address and live."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.watching import until_live
from tests.support import git_repository as repo
from tests.support.system import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOM = "library"


@pytest.fixture(scope="module")
def room(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A project with a repository that was not fetched yet, and one bead."""
    folder = repo.made(
        tmp_path_factory.mktemp("books") / "books", {"shelf/poems.md": "a rose\nis a rose\n", "a.md": ""}
    )
    desk.post("/projects", {"id": ROOM, "name": "Library", "git_repo": str(folder), "beads_sync": "off"})
    desk.post("/beads", {"title": "Sort the poems", "project_id": ROOM})
    return ROOM


def opened(page: Page, query: str = "") -> Page:
    page.goto(f"/projects/{ROOM}{query}")
    until_live(page)
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
    return page


@pytest.mark.usefixtures("room")
def test_files_are_fetched_opened_searched_and_linked_to_a_line(visit: Visit) -> None:
    page = opened(visit().new_page(), "?tab=files")
    fetch = page.get_by_role("button", name="Fetch the repository")
    shelf = page.get_by_role("button", name="shelf/")
    expect(fetch.or_(shelf)).to_be_visible()
    if fetch.is_visible():
        fetch.click()
    shelf.click()
    page.get_by_role("button", name="poems.md").click()
    expect(page.locator(".loom-lines li")).to_have_count(2)
    page.get_by_role("button", name="Link to line 2").click()
    expect(page.locator(".loom-lines li.is-here")).to_contain_text("is a rose")
    expect(page).to_have_url(re.compile(r"path=shelf%2Fpoems.md.*line=2"))
    page.reload()
    expect(page.locator(".loom-lines li.is-here")).to_contain_text("is a rose")
    page.get_by_role("searchbox").fill("ROSE")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".loom-found li")).to_have_count(2)
    page.get_by_role("tab", name="Commits").click()
    page.get_by_role("button", name="The recipe so far").click()
    expect(page.locator(".loom-diff")).to_contain_text("+a rose")


@pytest.mark.usefixtures("room")
def test_a_milestone_is_made_and_changed_where_it_stands_and_others_see_it(visit: Visit, desk: Desk) -> None:
    page, other = opened(visit().new_page(), "?tab=milestones"), opened(visit().new_page(), "?tab=milestones")
    [bead] = desk.get(f"/beads?project_id={ROOM}")
    page.get_by_role("button", name="New milestone").click()
    page.get_by_label("Name").fill("Open to readers")
    page.get_by_label("Due").fill("2030-01-02T10:00")
    page.get_by_label("Beads", exact=True).fill(bead["id"])
    page.get_by_role("button", name="Save").click()
    for one in (page, other):
        expect(one.locator(".loom-milestone")).to_contain_text("0 of 1 done")
    page.get_by_label("Status of Open to readers").select_option("in_progress")
    expect(other.get_by_label("Status of Open to readers")).to_have_value("in_progress")
    desk.http.patch(f"/api/v1/beads/{bead['id']}", json={"status": "done"})
    expect(other.locator(".loom-milestone")).to_contain_text("1 of 1 done")
    desk.http.patch(f"/api/v1/beads/{bead['id']}", json={"status": "open"})


@pytest.mark.usefixtures("room")
def test_settings_comments_and_the_end(visit: Visit, desk: Desk) -> None:
    page = opened(visit().new_page(), "?tab=comments")
    page.get_by_label("Say something").fill("Quiet, please.")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.get_by_text("Quiet, please.", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Settings").click()
    page.get_by_label("Test command").fill("make test")
    page.get_by_label("In progress").fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A number from 1 to 999")).to_be_visible()
    page.get_by_label("In progress").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    found = desk.get(f"/projects/{ROOM}")
    assert (found["test_command"], found["wip_limits"]) == ("make test", {"in_progress": 3})
    page.get_by_role("button", name="Close the project").click()
    page.get_by_label(f"Type {ROOM} to confirm").fill(ROOM)
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("Answer the decision")).to_be_visible()
    [asked] = [one for one in desk.get("/decisions?status=open") if one["kind"] == "closing"]
    desk.post(f"/decisions/{asked['id']}/decide", {"decision": "approve", "rationale": "Holidays"})
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_role("button", name="Close the project")).to_be_visible()


def test_what_is_not_there_is_said_so(visit: Visit) -> None:
    page = visit().new_page()
    page.goto("/projects/nowhere")
    expect(page.get_by_role("heading", name="No such project")).to_be_visible()


@pytest.mark.usefixtures("room")
def test_it_fits_a_phone(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 780}).new_page()
    for tab in ("overview", "files", "branches", "milestones", "settings"):
        opened(page, f"?tab={tab}")
        expect(page.get_by_role("tabpanel")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab
