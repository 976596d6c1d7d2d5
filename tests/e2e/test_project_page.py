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
def test_a_file_is_changed_by_hand_and_says_what_it_comes_to(visit: Visit, desk: Desk) -> None:
    desk.post(f"/projects/git/sync?project_id={ROOM}")
    page = opened(visit().new_page(), "?tab=files&path=shelf/poems.md")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Text of the file").fill("a rose\nis a daisy\n")
    expect(page.locator(".loom-diff .is-added")).to_have_text("+is a daisy")
    page.reload()
    expect(page.get_by_label("Text of the file")).to_have_value("a rose\nis a daisy\n")
    page.get_by_label("What the commit says").fill("Another flower")
    page.get_by_role("button", name="Commit", exact=True).click()
    expect(page.get_by_role("status", name="The change")).to_contain_text("landed")
    page.get_by_role("button", name="To the files").click()
    expect(page.locator(".loom-lines")).to_contain_text("is a daisy")
    assert desk.get(f"/projects/{ROOM}/commits")[0]["subject"] == "Another flower"
    opened(page, "?tab=files&edit=patch")
    page.get_by_label("Unified diff").fill(
        "--- a/shelf/poems.md\n+++ b/shelf/poems.md\n@@ -9 +9 @@\n-a tulip\n+a fern\n"
    )
    page.get_by_role("button", name="Commit", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("shelf/poems.md")
    expect(page.get_by_label("Unified diff")).to_have_value(re.compile("a tulip"))


@pytest.mark.usefixtures("room")
def test_how_it_reaches_its_repository_is_seen_tried_and_changed(visit: Visit, desk: Desk) -> None:
    page = opened(visit().new_page(), "?tab=git")
    page.get_by_role("button", name="Check access").click()
    expect(page.get_by_text(re.compile("can be read and written"))).to_be_visible()
    page.get_by_label("Protect another").fill("agent/*")
    page.get_by_role("button", name="Protect", exact=True).click()
    expect(page.get_by_text("would protect the branches runs work on")).to_be_visible()
    page.get_by_label("Protect another").fill("stable/*")
    page.get_by_role("button", name="Protect", exact=True).click()
    expect(page.get_by_role("button", name="Protect stable/* no longer")).to_be_visible()
    page.get_by_role("textbox", name="Finding").fill("0123456789abcdef")
    page.get_by_label("Why it is no secret").fill("A recipe.")
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_text("A recipe.")).to_be_visible()
    page.get_by_role("button", name="Withdraw 0123456789abcdef").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text("Nothing is allowed.")).to_be_visible()
    assert "stable/*" in desk.get(f"/projects/{ROOM}")["protected_branches"]


def test_a_key_is_made_changed_and_taken_back_and_a_token_never_shown_again(visit: Visit, desk: Desk) -> None:
    far = "far-library"
    desk.post("/projects", {"id": far, "name": "Far", "git_repo": "ssh://git@127.0.0.1:9/far.git", "beads_sync": "off"})
    page = visit().new_page()
    page.goto(f"/projects/{far}?tab=git")
    until_live(page)
    making = page.get_by_role("button", name="Make a key", exact=True)
    public = page.get_by_label("Public key", exact=True)
    expect(making.or_(public)).to_be_visible()
    if making.is_visible():
        making.click()
    expect(public).to_have_value(re.compile("^ssh-ed25519 "))
    first = public.input_value()
    page.get_by_role("button", name="Make a new key").click()
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("The new key has not been seen to work yet")).to_be_visible()
    expect(public).not_to_have_value(first)
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(public).to_have_value(first)
    host = page.get_by_label("Host", exact=True)
    expect(host).to_have_value("[127.0.0.1]:9")
    page.get_by_label("Fingerprint or key").fill(first)
    page.get_by_role("button", name="Accept this key").click()
    expect(page.get_by_role("button", name="Forget [127.0.0.1]:9")).to_be_visible()
    desk.http.patch(f"/api/v1/projects/{far}", json={"git_repo": "https://127.0.0.1:9/far.git"})
    page.get_by_label("Token", exact=True).fill("sesame-open-99")
    page.get_by_role("button", name="Save the token").click()
    expect(page.get_by_text("kept, never shown again")).to_be_visible()
    assert "sesame" not in page.content()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("None is kept.")).to_be_visible()


@pytest.mark.usefixtures("room")
def test_a_milestone_is_made_and_changed_where_it_stands_and_others_see_it(visit: Visit, desk: Desk) -> None:
    page, other = opened(visit().new_page(), "?tab=milestones"), opened(visit().new_page(), "?tab=milestones")
    [bead] = desk.get("/beads", project_id=ROOM)
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
def test_lessons_are_written_changed_pinned_switched_off_and_deleted(visit: Visit) -> None:
    page, other = opened(visit().new_page(), "?tab=lessons"), opened(visit().new_page(), "?tab=lessons")
    expect(page.get_by_text("No lesson yet. Loom writes them by itself")).to_be_visible()
    page.get_by_role("button", name="New lesson").click()
    page.get_by_label("Lesson", exact=True).fill("Shelve by author")
    page.get_by_label("What to know").fill("Titles come twice.")
    page.get_by_label("Relevance").fill("many")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("A number from 0 to 10.")).to_be_visible()
    page.get_by_label("Relevance").fill("2")
    page.get_by_role("button", name="Save").click()
    row = other.locator("[data-lesson]")
    expect(row).to_contain_text("Shelve by author")
    expect(row).to_contain_text("2.00")
    page.get_by_role("button", name="Pin Shelve by author").click()
    page.get_by_role("button", name="Switch off Shelve by author").click()
    expect(row).to_contain_text("pinned")
    expect(row).to_contain_text("Switch on")
    page.get_by_role("button", name="Edit Shelve by author").click()
    page.get_by_label("Lesson", exact=True).fill("Shelve by name")
    page.get_by_label("Lesson", exact=True).press("Enter")
    expect(row).to_contain_text("Shelve by name")
    page.get_by_label("Look for lessons").fill("crust")
    expect(page.get_by_text("No lesson fits.")).to_be_visible()
    page.get_by_label("Look for lessons").fill("twice")
    page.get_by_role("button", name="Delete Shelve by name").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(other.get_by_text("No lesson yet.")).to_be_visible()


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
    page.get_by_label("Commands that begin with").fill("npm ci")
    page.get_by_label("For the roles").fill("qa-engineer")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_text("runs for qa-engineer")).to_be_visible()
    assert [rule["pattern"] for rule in desk.get(f"/projects/{ROOM}/command-rules")["rules"]] == ["npm ci"]
    page.get_by_role("button", name="End the rule for npm ci").click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("runs for qa-engineer")).to_have_count(0)
    page.get_by_role("button", name="Close the project").click()
    page.get_by_label(f"Type {ROOM} to confirm").fill(ROOM)
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_text("Answer the decision")).to_be_visible()
    [asked] = [one for one in desk.get("/decisions", status="open") if one["kind"] == "closing"]
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
    for tab in ("overview", "files", "branches", "git", "milestones", "lessons", "settings"):
        opened(page, f"?tab={tab}")
        expect(page.get_by_role("tabpanel")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab


def test_a_project_with_work_is_deleted_after_it_was_asked_about(visit: Visit, desk: Desk) -> None:
    desk.post("/projects", {"id": "shed", "name": "Shed", "beads_sync": "off"})
    desk.post("/beads", {"title": "Oil the hinges", "project_id": "shed"})
    page = visit().new_page()
    page.goto("/projects/shed?tab=settings")
    until_live(page)
    page.get_by_role("button", name="Delete the project").click()
    page.get_by_label("Type shed to confirm").fill("shed")
    page.get_by_role("button", name="Delete it", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("It still has 1 bead.")
    page.get_by_label("Type shed to confirm").fill("shed")
    page.get_by_role("button", name="Delete it all").click()
    expect(page).to_have_url(re.compile(r"/projects$"))
    assert desk.http.get("/api/v1/projects/shed").status_code == 404
