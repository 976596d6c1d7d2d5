"""Ways to look at the board and to work on many beads: address, lanes, saved views, limits, selection, keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.test_board import drag, move, notice, status_of
from tests.e2e.watching import card, column, open_board
from tests.support.system import Desk
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LOFT = "loft"
"""A project without agents."""


@pytest.fixture(scope="module", autouse=True)
def loft(desk: Desk) -> None:
    """The project, empty."""
    desk.post("/projects", {"id": LOFT, "name": "Loft", "bead_prefix": "loft"})


def lane(page: Page, title: str) -> str:
    """The CSS of the cells in a lane."""
    return f'.loom-band:has(.loom-lane-head:has-text("{title}"))'


def test_back_goes_through_filters_and_the_open_bead(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(LOFT, "Air the loft", priority=1)
    open_board(page, f"?project={LOFT}")
    page.get_by_label("Priority", exact=True).select_option("1")
    card(page, bead_id).click()
    expect(page).to_have_url(re.compile(rf"\?project={LOFT}&priority=1&bead={bead_id}$"))
    expect(page.get_by_role("heading", name="Air the loft").first).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(rf"\?project={LOFT}&priority=1$"))
    page.go_back()
    expect(page).to_have_url(re.compile(rf"\?project={LOFT}$"))
    expect(page.get_by_label("Priority", exact=True)).to_have_value("")
    page.go_forward()
    expect(page.get_by_label("Priority", exact=True)).to_have_value("1")


def test_a_link_opens_the_same_lanes_and_bead_elsewhere(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(LOFT, "Count the beams", priority=0)
    open_board(page, f"?project={LOFT}&lanes=priority&bead={bead_id}")
    expect(page.locator(lane(page, "P0")).locator(f'[data-bead="{bead_id}"]')).to_be_visible()
    expect(page.get_by_role("heading", name="Count the beams").first).to_be_visible()


def test_a_bead_put_into_another_lane_takes_on_what_the_lane_stands_for(page: Page, desk: Desk) -> None:
    bead_id, other = desk.bead(LOFT, "Oil the hatch", priority=4), desk.bead(LOFT, "Mend the rung", priority=3)
    open_board(page, f"?project={LOFT}&lanes=priority")
    card(page, bead_id).focus()
    page.keyboard.press("m")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(lane(page, "P3")).locator(f'.is-in_progress [data-bead="{bead_id}"]')).to_be_visible()
    until(lambda: desk.get(f"/beads/{bead_id}")["priority"] == 3)
    until(lambda: status_of(desk, bead_id) == "in_progress")
    notice(page).get_by_role("button", name="Undo").click()
    until(lambda: desk.get(f"/beads/{bead_id}")["priority"] == 4 and status_of(desk, bead_id) == "open")
    page.locator(".loom-lane-head", has_text="P3").click()
    expect(card(page, other)).to_have_count(0)


def test_epics_are_lanes_named_by_their_titles(page: Page, desk: Desk) -> None:
    epic = desk.bead(LOFT, "The whole roof", type="epic")
    feature = desk.bead(LOFT, "The north side", type="feature", parent=epic)
    below = desk.bead(LOFT, "One tile", parent=feature)
    open_board(page, f"?project={LOFT}&lanes=epic")
    for bead_id in (feature, below):
        expect(page.locator(lane(page, "The whole roof")).locator(f'[data-bead="{bead_id}"]')).to_be_visible()


def test_several_beads_go_into_another_epic_by_one_request(page: Page, desk: Desk) -> None:
    cellar, attic = (desk.bead(LOFT, title, type="epic") for title in ("The cellar", "The attic"))
    ids = [desk.bead(LOFT, f"Chest {number}", tags=["chest"], parent=cellar, priority=number) for number in range(3)]
    desk.bead(LOFT, "Hook", tags=["chest"], parent=attic)
    open_board(page, f"?project={LOFT}&lanes=epic&tag=chest")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method in ("PATCH", "POST") else None)
    card(page, ids[0]).focus()
    for _ in ids[1:]:
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("m")
    page.keyboard.press("ArrowUp" if attic < cellar else "ArrowDown")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text(f"3 beads put under {attic}.")
    assert [desk.get(f"/beads/{bead_id}")["parent"] for bead_id in ids] == [attic] * 3
    assert [url.partition("/api/v1")[2] for url in sent] == ["/beads"]
    expect(page.locator(lane(page, "The attic")).locator("[data-bead]")).to_have_count(4)
    notice(page).get_by_role("button", name="Undo").click()
    until(lambda: [desk.get(f"/beads/{bead_id}")["parent"] for bead_id in ids] == [cellar] * 3)


def test_an_epic_is_closed_before_its_children_only_as_one_says(page: Page, desk: Desk) -> None:
    epic = desk.bead(LOFT, "The stairs", type="epic", tags=["stairs"])
    inner = desk.bead(LOFT, "The landing", type="epic", parent=epic)
    steps = [desk.bead(LOFT, f"Step {number}", parent=inner if number else epic) for number in range(3)]
    open_board(page, f"?project={LOFT}&tag=stairs")
    asked = page.get_by_role("dialog", name=f"{epic}: close before its children?")
    drag(page, epic, "done")
    expect(asked).to_contain_text("2 children are not done; with what is under them, 4 beads.")
    expect(asked.get_by_role("listitem").filter(has_text="The landing")).to_contain_text("open")
    expect(card(page, epic, "open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    expect(card(page, epic, "open")).to_be_visible()
    card(page, epic).focus()
    page.keyboard.press("m")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    asked.get_by_role("button", name="Leave it open").click()
    expect(card(page, epic, "open")).to_be_focused()
    page.keyboard.press("m")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    asked.get_by_role("button", name="Close it all the same").click()
    expect(card(page, epic, "done")).to_be_visible()
    until(lambda: [status_of(desk, bead_id) for bead_id in (epic, inner)] == ["done", "open"])
    notice(page).get_by_role("button", name="Undo").click()
    expect(card(page, epic, "open")).to_be_visible()
    card(page, epic).focus()
    page.keyboard.press("x")
    page.get_by_role("toolbar", name="1 selected").get_by_label("Move to").select_option("done")
    asked.get_by_role("button", name="Close all 4 too").click()
    expect(card(page, epic, "done")).to_be_visible()
    until(lambda: {status_of(desk, bead_id) for bead_id in (epic, inner, *steps)} == {"done"})
    notice(page).get_by_role("button", name="Undo").click()
    until(lambda: {status_of(desk, bead_id) for bead_id in (epic, inner, *steps)} == {"open"})


def test_a_board_that_is_still_the_same_is_not_sent_again(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(LOFT, "Sweep the loft")
    open_board(page, f"?project={LOFT}")
    expect(card(page, bead_id)).to_be_visible()
    answers: list[tuple[str, int]] = []
    page.on(
        "response",
        lambda answer: (
            answers.append((answer.url.partition("?")[2], answer.status)) if "/api/v1/board?" in answer.url else None
        ),
    )
    while not answers or {status for _, status in answers} != {304}:  # something may still happen in a new project
        answers.clear()
        page.get_by_role("link", name="Search").first.click()
        expect(page.locator(".loom-columns")).to_have_count(0)
        page.go_back()
        expect(card(page, bead_id)).to_be_visible()
        assert answers


def test_a_full_column_refuses_and_says_so(page: Page, desk: Desk) -> None:
    desk.post("/projects", {"id": "shop", "name": "Shop", "bead_prefix": "shop"})
    there, bead_id = desk.bead("shop", "Jam", priority=1), desk.bead("shop", "Honey")
    move(desk, there, "in_progress")
    open_board(page, "?project=shop")
    page.get_by_role("button", name="Limit of In progress").click()
    dialog = page.get_by_role("dialog", name="Limit of In progress")
    dialog.get_by_label("At most").fill("0")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("from 1 to 999")
    dialog.get_by_label("At most").fill("1")
    dialog.get_by_role("button", name="Save").click()
    head = page.locator(".loom-column-head.is-in_progress")
    expect(head).to_contain_text("1/1")
    expect(head).to_contain_text("full")
    drag(page, bead_id, "in_progress")
    expect(notice(page)).to_contain_text(f"{bead_id} stays in open: In progress of project shop is full")
    expect(card(page, bead_id, "open")).to_be_visible()


def test_a_bead_is_made_at_the_top_of_a_column_and_then_the_next(page: Page, desk: Desk) -> None:
    open_board(page, f"?project={LOFT}&lanes=priority")
    page.get_by_role("button", name="Add to Blocked").click()
    form = page.get_by_role("form", name="New bead in Blocked")
    for title in ("Ask about the skylight", "Ask about the gutter"):
        form.get_by_label("Title").fill(title)
        page.keyboard.press("Enter")
        expect(column(page, "blocked").locator("[data-bead]", has_text=title)).to_be_visible()
        expect(form.get_by_label("Title")).to_have_value("")
        expect(form.get_by_label("Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)


def test_several_beads_are_changed_at_once_and_put_back_at_once(page: Page, desk: Desk) -> None:
    ids = [desk.bead(LOFT, f"Box {number}", tags=["box"]) for number in range(3)]
    open_board(page, f"?project={LOFT}&tag=box")
    expect(page.locator("[data-bead]")).to_have_count(3)
    page.keyboard.press("ControlOrMeta+a")
    bar = page.get_by_role("toolbar", name="3 selected")
    bar.get_by_label("Set priority").select_option("0")
    expect(notice(page)).to_contain_text("3 beads are P0 now.")
    until(lambda: all(desk.get(f"/beads/{bead_id}")["priority"] == 0 for bead_id in ids))
    notice(page).get_by_role("button", name="Undo").click()
    until(lambda: all(desk.get(f"/beads/{bead_id}")["priority"] == 2 for bead_id in ids))
    bar.get_by_label("Tag for all").fill("heavy")
    bar.get_by_role("button", name="Add").click()
    until(lambda: all("heavy" in desk.get(f"/beads/{bead_id}")["tags"] for bead_id in ids))
    bar.get_by_role("button", name="Close", exact=True).click()
    until(lambda: all(status_of(desk, bead_id) == "done" for bead_id in ids))
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)


def test_the_keys_go_about_select_peek_and_open(page: Page, desk: Desk) -> None:
    first, second = (desk.bead(LOFT, f"Key {number}", tags=["keys"], priority=number) for number in range(2))
    aside = desk.bead(LOFT, "Key aside", tags=["keys"])
    move(desk, aside, "blocked")
    open_board(page, f"?project={LOFT}&tag=keys")
    page.keyboard.press("j")
    expect(card(page, first)).to_be_focused()
    page.keyboard.press("j")
    expect(card(page, second)).to_be_focused()
    page.keyboard.press("Shift+K")
    expect(page.locator(".is-selected")).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(card(page, aside)).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog", name=f"Peek at {aside}")).to_contain_text("Key aside")
    page.keyboard.press("h")
    expect(page.get_by_role("dialog", name=f"Peek at {first}")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"bead={first}$"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"tag=keys$"))
    expect(card(page, first)).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys of the board")).to_be_visible()


def test_a_view_is_saved_shared_and_opened_first(page: Page, desk: Desk, visit: Visit) -> None:
    desk.bead(LOFT, "Sweep", type="chore")
    open_board(page, f"?project={LOFT}&type=chore")
    page.get_by_role("button", name="Views").click()
    dialog = page.get_by_role("dialog", name="Views of the board")
    dialog.get_by_label("Save what shows now as").fill("Chores")
    dialog.get_by_label("Share it").check()
    dialog.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("button", name="View: Chores")).to_be_visible()
    page.get_by_label("Lanes", exact=True).select_option("priority")
    page.get_by_role("button", name="View: Chores, changed").click()
    dialog.get_by_role("button", name="Update to what shows").click()
    dialog.get_by_role("button", name="Open first").click()
    expect(dialog.get_by_role("button", name="Do not open first")).to_be_visible()
    other = visit().new_page()
    open_board(other, f"?project={LOFT}")
    expect(other.get_by_label("Type", exact=True)).to_have_value("chore")
    expect(other.get_by_label("Lanes", exact=True)).to_have_value("priority")


def test_of_many_beads_only_those_that_are_looked_at_are_drawn(page: Page, desk: Desk) -> None:
    desk.post("/projects", {"id": "rack", "name": "Rack", "bead_prefix": "rack"})
    for number in range(60):
        desk.bead("rack", f"Bottle {number}")
    last = desk.bead("rack", "The last bottle", priority=4)
    open_board(page, "?project=rack")
    expect(page.locator(".loom-column-head.is-open")).to_contain_text("61")
    assert page.locator("[data-bead]").count() < 40
    expect(card(page, last)).to_have_count(0)
    page.locator(".loom-columns").evaluate("(area) => { area.scrollTop = area.scrollHeight; }")
    expect(card(page, last)).to_be_visible()


def test_the_board_is_narrowed_in_the_language_of_the_search(page: Page, desk: Desk) -> None:
    urgent = desk.bead(LOFT, "Trap the draught", priority=0, tags=["wind"])
    later = desk.bead(LOFT, "Trap the wasps", priority=4, tags=["wind"], description="They nest under the zinc ridge.")
    open_board(page, f"?project={LOFT}&tag=wind")
    search = page.get_by_label("Filter beads by text")
    search.fill("priority:p0")
    expect(card(page, later)).to_have_count(0)
    expect(card(page, urgent)).to_be_visible()
    search.fill("zinc")
    expect(card(page, later)).to_be_visible()
    expect(card(page, urgent)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"q=zinc"))
