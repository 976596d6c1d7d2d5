"""The page of a bead file: conflicts are decided there, files go in and out, what Loom does is chosen."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.beadfiles.team import Person, line, team
from tests.e2e.conftest import Visit
from tests.e2e.watching import until_live
from tests.support.system import Desk
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOM = "archive"


@pytest.fixture(scope="module")
def person(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody whose repository a project follows."""
    folder = tmp_path_factory.mktemp("team")
    found = team(folder, f"{line('arc-1')}\n{line('arc-2')}\n")
    desk.post("/projects", {"id": ROOM, "name": "Archive", "git_repo": str(folder / "origin.git")})
    until(lambda: desk.get(f"/projects/{ROOM}/beads/sync")["beads_sync"] == "push", 60)
    until(lambda: desk.get(f"/projects/{ROOM}/beads/sync")["last_read_at"], 60)
    return found


def opened(page: Page) -> Page:
    page.goto(f"/projects/{ROOM}/bead-file")
    until_live(page)
    expect(page.get_by_role("heading", name="Bead file of Archive")).to_be_visible()
    return page


def test_a_conflict_shows_both_values_and_is_decided_by_a_click(visit: Visit, desk: Desk, person: Person) -> None:
    page = opened(visit().new_page())
    person.change("arc-1", title="From the file")
    person.push()
    assert desk.http.patch("/api/v1/beads/arc-1", json={"title": "From Loom"}).status_code == 200
    conflict = page.locator(".loom-file-conflict")
    expect(conflict).to_have_count(1, timeout=60_000)
    expect(conflict).to_contain_text("From Loom")
    expect(conflict).to_contain_text("From the file")
    page.get_by_role("button", name="Take The file's for Title of arc-1").click()
    expect(conflict).to_have_count(0)
    assert desk.get("/beads/arc-1")["title"] == "From the file"
    until(lambda: person.pull().lines()["arc-1"]["title"] == "From the file", 30)


def test_a_file_is_tried_then_imported_and_a_bad_line_is_told(
    visit: Visit, desk: Desk, person: Person, tmp_path: Path
) -> None:
    page = opened(visit().new_page())
    bad = tmp_path / "bad.jsonl"
    bad.write_text(f"{line('arc-8')}\noops\n")
    page.get_by_label("File", exact=True).set_input_files(bad)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("cannot be imported and nothing was changed")).to_be_visible()
    good = tmp_path / "good.jsonl"
    good.write_text("".join(f"{line(f'arc-{number}')}\n" for number in range(20, 40)))
    page.get_by_label("File", exact=True).set_input_files(good)
    page.get_by_role("button", name="Try it first").click()
    expect(page.get_by_text("Nothing was changed. It would be: 20 created")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Done: 20 created")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Export").click()
    told = [json.loads(row)["id"] for row in Path(taken.value.path()).read_text().splitlines()]
    assert "arc-39" in told


def test_what_loom_does_with_the_file_is_chosen_on_the_page(visit: Visit, desk: Desk, person: Person) -> None:
    page = opened(visit().new_page())
    page.get_by_label("What Loom does with the file").select_option("off")
    expect(page.get_by_text("Loom leaves this file alone")).to_be_visible()
    assert desk.get(f"/projects/{ROOM}")["beads_sync"] == "off"
    page.get_by_label("What Loom does with the file").select_option("push")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("in step")).to_be_visible()
