"""A project from a PRD, in the browser: handed over, followed step by step, mended, and expanded by the demo model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.watching import until_live
from tests.support.git_repository import git, shown
from tests.support.sshd import SshServer
from tests.support.system import Desk, System
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
PRD = "# Potluck\n\nDinner with friends.\n\n## Guests\n- Sign up with a name\n- Say what they bring\n"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running Loom with the demo's model."""
    with System(tmp_path_factory.mktemp("loom") / "data", {"LOOM_DEMO": "1"}) as running:
        desk = Desk(running.client())
        until(lambda: {one["status"] for one in desk.get("/providers")} & {"active", "healthy"}, 60, what="the model")
        yield running


def empty(folder: Path) -> Path:
    folder.mkdir()
    git(folder, "init", "-q", "--bare", "-b", "main")
    return folder


def hand_over(page: Page, name: str, address: str) -> None:
    page.goto("/projects/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Git repository").fill(address)
    page.get_by_label("PRD", exact=True).fill(PRD)
    page.get_by_role("button", name="Begin the project").click()


def test_a_file_becomes_a_project_whose_beads_are_of_its_own_words(page: Page, tmp_path: Path) -> None:
    bare = empty(tmp_path / "potluck.git")
    (tmp_path / "brief.md").write_text(PRD)
    page.goto("/projects")
    page.get_by_role("link", name="From a PRD").click()
    page.get_by_label("Name", exact=True).fill("Potluck")
    page.get_by_label("Git repository").fill(str(bare))
    page.get_by_label("PRD as a file").set_input_files(tmp_path / "brief.md")
    expect(page.get_by_text("from brief.md")).to_be_visible()
    page.get_by_role("button", name="Begin the project").click()
    page.wait_for_url("**/projects/potluck/bootstrap")
    expect(page.locator(".loom-status", has_text="ready")).to_be_visible()
    expect(page.locator(".loom-step.is-done")).to_have_count(7)
    assert shown(bare, "plans/BOOTSTRAP.md") == PRD
    page.get_by_role("link", name="Open its board").click()
    for title in ("Potluck", "Sign up with a name", "Say what they bring"):
        expect(page.locator("[data-bead]", has_text=title).first).to_be_visible()


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(page: Page, tmp_path: Path) -> None:
    page.goto("/projects/new")
    page.get_by_role("button", name="Begin the project").click()
    expect(page.get_by_role("alert")).to_have_text("Give the project a name.")
    hand_over(page, "Odd", "--upload-pack=x")
    expect(page.get_by_role("alert")).to_contain_text("github_url")
    expect(page.get_by_label("PRD", exact=True)).to_have_value(PRD)
    for name, data, told in (
        ("a.pdf", b"%PDF", "no text file"),
        ("a.md", b"x" * 2_000_000, "1 MB"),
        ("b.md", b"\xff", "UTF-8"),
    ):
        (tmp_path / name).write_bytes(data)
        page.get_by_label("PRD as a file").set_input_files(tmp_path / name)
        expect(page.get_by_role("alert").last).to_contain_text(told)
    expect(page.get_by_label("PRD", exact=True)).to_have_value(PRD)


def test_a_key_is_waited_for_and_the_page_says_what_to_do_with_it(
    page: Page, tmp_path: Path, sshd: SshServer, desk: Desk
) -> None:
    hand_over(page, "Waiting", sshd.address(empty(tmp_path / "waiting.git")))
    page.wait_for_url("**/projects/waiting/bootstrap")
    expect(page.get_by_role("heading", name="Add this key to the repository")).to_be_visible()
    public = page.get_by_label("Public key", exact=True).input_value()
    assert public.startswith("ssh-ed25519 ")
    for site in ("GitHub", "GitLab"):
        expect(page.get_by_role("heading", name=site)).to_be_visible()
    expect(page.get_by_role("button", name="Copy: Public key")).to_be_visible()
    sshd.allow(public)
    page.get_by_role("button", name="Check now").click()
    expect(page.locator(".loom-status", has_text="ready")).to_be_visible()
    assert desk.get("/projects/waiting/bootstrap")["attempt"] == 1


def test_what_failed_is_tried_again_from_there(page: Page, tmp_path: Path) -> None:
    hand_over(page, "Gone", str(tmp_path / "gone.git"))
    failed = page.locator(".loom-step.is-failed")
    expect(failed).to_contain_text("no such repository")
    empty(tmp_path / "gone.git")
    page.get_by_role("button", name="Try again from here").click()
    expect(page.locator(".loom-status", has_text="ready")).to_be_visible()


@pytest.mark.parametrize("width", [360, 820, 1440])
def test_nothing_is_wider_than_the_screen(visit: Visit, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800}).new_page()
    for path in ("/projects/new", "/projects/waiting/bootstrap"):
        page.goto(path)
        until_live(page)
        expect(page.locator(".loom-panel").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_project_that_was_made_otherwise_says_so(page: Page) -> None:
    page.goto("/projects/demo/bootstrap")
    expect(page.get_by_role("alert")).to_contain_text("was not begun from a PRD")
