"""What people say about a bead on its page, and what others see of it while they say it."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.watching import until_live
from tests.support.system import PASSWORD, Desk, System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOM = "parlour"
NASTY = '<img src=x onerror="window.hurt=1"> <script>window.hurt=1</script> **bold** @ann'


@pytest.fixture(scope="module", autouse=True)
def parlour(desk: Desk) -> None:
    """A project without agents."""
    desk.post("/projects", {"id": ROOM, "name": "Parlour", "bead_prefix": "par"})


def open_bead(page: Page, bead_id: str) -> None:
    """The bead's page, with its comments loaded."""
    page.goto(f"/beads/{bead_id}")
    until_live(page)
    expect(page.get_by_role("heading", name="Comments")).to_be_visible()


def say(page: Page, text: str) -> None:
    """Writes a comment by keyboard alone."""
    field = page.get_by_label("Say something about this bead")
    field.fill(text)
    field.press("Control+Enter")
    expect(field).to_have_value("")


def test_a_comment_is_said_answered_changed_and_deleted_while_another_page_looks_on(visit: Visit, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Wind the clock")
    mine, theirs = visit().new_page(), visit().new_page()
    open_bead(mine, bead_id)
    open_bead(theirs, bead_id)
    say(mine, "Who has the key, @butler?")
    seen = theirs.locator(".loom-comment").filter(has_text="Who has the key")
    expect(seen.locator(".loom-mention")).to_have_text("@butler")
    seen.get_by_role("button", name="Reply").click()
    theirs.get_by_label("Answer admin").fill("It hangs behind the door.")
    theirs.get_by_role("button", name="Reply", exact=True).last.click()
    expect(mine.locator(".loom-comment .loom-comment")).to_contain_text("behind the door")
    expect(mine.get_by_role("heading", name="Comments (2)")).to_be_visible()
    first = mine.locator(".loom-comment").first
    first.get_by_role("button", name="Edit").first.click()
    mine.get_by_label("Change the comment").fill("Who had the key?")
    mine.get_by_role("button", name="Save").click()
    expect(theirs.locator(".loom-comment").first).to_contain_text("Who had the key?")
    expect(theirs.locator(".loom-comment").first).to_contain_text("edited")
    first.get_by_role("button", name="Delete").first.click()
    expect(mine.get_by_role("alertdialog")).to_contain_text("and the answers to it")
    mine.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(theirs.locator(".loom-comment")).to_have_count(0)
    assert desk.get(f"/beads/{bead_id}/comments") == []


def test_what_is_said_is_markdown_without_html_and_never_runs(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Dust the shelf")
    desk.post(f"/beads/{bead_id}/comments", {"content": NASTY})
    open_bead(page, bead_id)
    said = page.locator(".loom-comment .loom-prose")
    expect(said).to_have_text(NASTY.replace("**", ""))
    expect(said.locator("strong")).to_have_text(["bold", "@ann"])
    expect(said.locator("img, script")).to_have_count(0)
    assert page.evaluate("window.hurt") is None


def test_who_may_only_read_is_offered_nothing_to_write(visit: Visit, desk: Desk, system: System) -> None:
    bead_id = desk.bead(ROOM, "Polish the brass")
    desk.post(f"/beads/{bead_id}/comments", {"content": "Gently."})
    desk.post("/auth/users", {"username": "caller", "password": PASSWORD, "role": "viewer"})
    assert desk.http.put(f"/api/v1/projects/{ROOM}/members/caller", json={"role": "member"}).status_code == 200
    context = visit(storage_state=None)
    answer = context.request.post("/api/v1/auth/login", data={"username": "caller", "password": PASSWORD})
    assert answer.ok, answer.text()
    page = context.new_page()
    open_bead(page, bead_id)
    expect(page.locator(".loom-comment")).to_contain_text("Gently.")
    expect(page.get_by_label("Say something about this bead")).to_have_count(0)
    expect(page.get_by_role("button", name="Reply")).to_have_count(0)
