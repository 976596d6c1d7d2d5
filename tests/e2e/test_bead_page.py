"""A bead on its page: everything changed where it stands, and nothing that was typed is lost."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.watching import serious_faults, until_live
from tests.support.system import PASSWORD, Desk
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOM = "pantry"
MARKED = "Count **all** jars\n\n- [x] plums\n- [ ] pears\n\n`shelf` and <b>raw</b>"


@pytest.fixture(scope="module", autouse=True)
def pantry(desk: Desk) -> None:
    """A project with an agent and a person besides."""
    desk.post("/projects", {"id": ROOM, "name": "Pantry", "bead_prefix": "pan"})
    desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": ROOM, "name": "Quinn"})
    desk.post("/auth/users", {"username": "guest", "password": PASSWORD, "role": "viewer"})
    assert desk.http.put(f"/api/v1/projects/{ROOM}/members/guest", json={"role": "member"}).status_code == 200


def open_bead(page: Page, bead_id: str, query: str = "") -> Locator:
    """The bead's page, with its frame filled; answers the bead itself."""
    page.goto(f"/beads/{bead_id}{query}")
    until_live(page)
    return page.locator(".loom-bead")


def field_of(desk: Desk, bead_id: str, name: str) -> Any:
    """What the server keeps."""
    return desk.get(f"/beads/{bead_id}")[name]


def patch(desk: Desk, bead_id: str, **fields: Any) -> None:
    """Somebody else's change."""
    answer = desk.http.patch(f"/api/v1/beads/{bead_id}", json=fields)
    assert answer.status_code == 200, answer.text


def undo(page: Page, said: str) -> None:
    """Presses the button in the notice that says `said`."""
    page.locator("[data-sonner-toast]").filter(has_text=said).get_by_role("button", name="Undo").click()


def test_a_text_is_written_with_a_preview_saved_by_keyboard_and_undone(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Count the jars")
    open_bead(page, bead_id)
    page.get_by_role("button", name="+ Description").click()
    page.get_by_role("textbox", name="Description").fill(MARKED)
    page.get_by_role("tab", name="Preview").first.click()
    preview = page.locator(".loom-preview")
    expect(preview.locator("strong")).to_have_text("all")
    expect(preview.get_by_role("checkbox")).to_have_count(2)
    expect(preview).to_contain_text("<b>raw</b>")
    page.get_by_role("tab", name="Write").first.press("Enter")
    page.get_by_role("textbox", name="Description").press("Control+Enter")
    expect(page.locator(".loom-text .loom-markdown strong")).to_have_text("all")
    assert field_of(desk, bead_id, "description") == MARKED
    undo(page, "Description saved.")
    until(lambda: field_of(desk, bead_id, "description") == "", 20)
    expect(page.get_by_role("button", name="+ Description")).to_be_visible()


def test_what_is_typed_survives_news_leaving_and_a_reload(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Label the shelves", notes="Top to bottom.")
    bead = open_bead(page, bead_id)
    page.get_by_role("button", name="Edit: Notes").click()
    writing = page.get_by_role("textbox", name="Notes")
    writing.fill("Bottom to top.")
    patch(desk, bead_id, priority=0, title="Label all shelves")
    expect(bead.get_by_role("heading", level=1)).to_have_text("Label all shelves")
    expect(writing).to_have_value("Bottom to top.")
    page.get_by_role("link", name="Pantry").click()
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    until_live(page)
    expect(writing).to_have_value("Bottom to top.")
    writing.press("Escape")
    expect(writing).to_have_count(0)
    undo(page, "put aside")
    writing.press("Control+Enter")
    expect(page.locator(".loom-text .loom-markdown")).to_have_text("Bottom to top.")
    assert field_of(desk, bead_id, "notes") == "Bottom to top."


def test_two_who_write_the_same_text_see_both_versions(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Air the cellar", design="Open the hatch.")
    open_bead(page, bead_id)
    page.get_by_role("button", name="Edit: Design").click()
    writing = page.get_by_role("textbox", name="Design")
    writing.fill("Open the hatch twice.")
    patch(desk, bead_id, design="Open the window.")
    clash = page.locator(".loom-clash")
    expect(clash.locator("del")).to_have_text(["window"])
    expect(writing).to_have_value("Open the hatch twice.")
    writing.press("Control+Enter")
    assert field_of(desk, bead_id, "design") == "Open the window."
    clash.get_by_role("button", name="Save mine").click()
    expect(clash).to_have_count(0)
    until(lambda: field_of(desk, bead_id, "design") == "Open the hatch twice.", 20)


def test_the_short_fields_are_changed_where_they_stand(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Weigh the flour", tags=["dry"])
    desk.bead(ROOM, "Another", tags=["heavy"])
    bead = open_bead(page, bead_id)
    bead.get_by_label("Priority").select_option("0")
    bead.get_by_label("Type", exact=True).select_option("chore")
    bead.get_by_role("button", name="Change assignee").click()
    page.get_by_role("combobox", name="Assign to").fill("quin")
    page.get_by_role("option", name="Quinn").click()
    expect(bead.get_by_role("button", name="Change assignee")).to_have_text("Quinn")
    bead.get_by_role("button", name="Add a tag").click()
    page.get_by_role("option", name="heavy").click()
    page.get_by_role("combobox", name="Add a tag").fill("fresh")
    page.keyboard.press("Enter")
    expect(bead.locator(".loom-fields .loom-tag")).to_have_text([re.compile(t) for t in ("dry", "heavy", "fresh")])
    page.keyboard.press("Escape")
    until(lambda: len(desk.get(f"/beads/{bead_id}")["tags"]) == 3, 20)
    bead.get_by_role("button", name="Remove the tag dry").click()
    bead.get_by_role("button", name="Change estimate").click()
    page.get_by_label("Estimate").fill("soon")
    page.keyboard.press("Enter")
    expect(bead.locator(".loom-fields [role=alert]")).to_contain_text("1 h 30 min")
    page.get_by_label("Estimate").fill("1:30")
    page.keyboard.press("Enter")
    expect(bead.get_by_role("button", name="Change estimate")).to_have_text("1 h 30 min")
    bead.get_by_role("button", name="Change External reference").click()
    page.get_by_label("External reference", exact=True).fill("gh-7")
    page.keyboard.press("Enter")
    expect(bead.get_by_role("button", name="Change External reference")).to_have_text("gh-7")
    bead.get_by_label("Status").select_option("blocked")
    page.get_by_label("Why it is blocked").fill("The scales are away.")
    page.keyboard.press("Enter")
    expect(bead.locator(".loom-reason")).to_have_text("The scales are away.")
    kept = desk.get(f"/beads/{bead_id}")
    wanted = {"priority": 0, "type": "chore", "tags": ["heavy", "fresh"], "estimated_time": 90, "status": "blocked"}
    assert {name: kept[name] for name in wanted} == wanted
    assert (kept["external_ref"], kept["status_reason"]) == ("gh-7", "The scales are away.")
    assert kept["assigned_to"].startswith("agent-")


def test_metadata_keeps_kinds_of_values(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Sort the spices", context={"shelf": 3, "code": "42", "deep": {"a": [1, None]}})
    open_bead(page, bead_id)
    page.get_by_role("button", name="Edit: Metadata").click()
    expect(page.get_by_label("Value 2")).to_have_value('"42"')
    page.get_by_label("Name 4").fill("open")
    page.get_by_label("Value 4").fill("true")
    page.get_by_role("button", name="+ Row").click()
    page.get_by_label("Name 5").fill("open")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".loom-metadata [role=alert]")).to_contain_text("open is there twice")
    page.get_by_role("button", name="Remove open").last.click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".loom-pairs")).to_contain_text("open")
    wanted = {"shelf": 3, "code": "42", "deep": {"a": [1, None]}, "open": True}
    assert field_of(desk, bead_id, "context") == wanted


def test_links_are_made_changed_and_ended_and_a_circle_is_named(page: Page, desk: Desk) -> None:
    bead_id, first = desk.bead(ROOM, "Bake the pie"), desk.bead(ROOM, "Pick the apples")
    bead = open_bead(page, bead_id)
    bead.get_by_role("button", name="+ Link").click()
    page.get_by_role("combobox", name="Blocked by which bead?").fill("Pick the app")
    page.get_by_role("option", name="Pick the apples").click()
    link = bead.get_by_role("region", name="Blocked by").get_by_role("listitem")
    expect(link).to_have_text(re.compile("Pick the apples"))
    expect(bead.locator(".loom-waits")).to_contain_text(first)
    bead.get_by_role("button", name="+ Link").click()
    page.get_by_label("How they belong together").select_option("Related to")
    page.get_by_role("combobox", name="Related to which bead?").fill("external:mill:m-7")
    page.get_by_role("option", name="external:mill:m-7").click()
    expect(bead.get_by_role("region", name="Related to")).to_contain_text("not in Loom")
    link.get_by_label(f"Kind of the link to {first}").select_option("Children")
    expect(bead.get_by_role("region", name="Children")).to_contain_text("Pick the apples")
    assert field_of(desk, bead_id, "children") == [first]
    bead.get_by_role("button", name="+ Child").click()
    page.get_by_label("Title of the new child").fill("Roll the dough")
    page.keyboard.press("Enter")
    expect(bead.get_by_role("region", name="Children").get_by_role("listitem")).to_have_count(2)
    third = desk.bead(ROOM, "Heat the oven", blocked_by=[bead_id])
    expect(bead.get_by_role("region", name="Blocks")).to_contain_text("Heat the oven")
    bead.get_by_role("button", name="Done", exact=True).click()
    bead.get_by_role("button", name=f"Remove the link to {first}").click()
    undo(page, "not linked any more")
    expect(bead.get_by_role("region", name="Children").get_by_role("listitem")).to_have_count(2)
    circle = bead.get_by_label(f"Kind of the link to {third}")
    circle.select_option("Blocked by")
    expect(bead.get_by_role("region", name="Blocked by")).to_contain_text("Heat the oven")
    methods: list[str] = []
    page.on("request", lambda sent: methods.append(sent.method) if "/dependencies" in sent.url else None)
    circle.select_option("Related to")
    expect(bead.get_by_role("region", name="Related to")).to_contain_text("Heat the oven")
    undo(page, f"{third}: related to.")
    expect(bead.get_by_role("region", name="Blocked by")).to_contain_text("Heat the oven")
    assert [method for method in methods if method != "GET"] == ["PATCH", "PATCH"]
    desk.bead(ROOM, "Climb", blocked_by=[desk.bead(ROOM, "Halfway", blocked_by=[bead_id])])
    bead.get_by_role("button", name="+ Link").click()
    page.get_by_role("combobox", name="Blocked by which bead?").fill("Climb")
    page.get_by_role("option", name="Climb").click()
    expect(bead.locator(".loom-linked > [role=alert]")).to_contain_text("→")


def test_an_epic_with_open_children_is_closed_with_them_or_without(page: Page, desk: Desk) -> None:
    epic = desk.bead(ROOM, "A whole meal", type="epic")
    child = desk.bead(ROOM, "Soup", parent=epic)
    bead = open_bead(page, epic)
    bead.get_by_label("Status", exact=True).select_option("done")
    page.keyboard.press("Enter")
    asked = page.get_by_role("dialog", name=f"{epic}: close before its children?")
    expect(asked).to_contain_text("1 child is not done.")
    expect(asked.get_by_role("listitem")).to_contain_text("Soup")
    asked.get_by_role("button", name="Leave it open").click()
    expect(bead).to_have_attribute("data-status", "open")
    bead.get_by_label("Status", exact=True).select_option("done")
    page.keyboard.press("Enter")
    asked.get_by_role("button", name="Close the child too").click()
    expect(bead).to_have_attribute("data-status", "done")
    until(lambda: field_of(desk, child, "status") == "done")


def test_the_history_tells_who_changed_what_and_takes_it_back(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Stack the plates", description="Large ones below. " * 5)
    patch(desk, bead_id, description="Small ones below. " * 5, priority=1)
    patch(desk, bead_id, status="done", reason="All stacked.")
    bead = open_bead(page, bead_id, "?tab=history")
    changes = bead.locator(".loom-change")
    expect(changes.first).to_contain_text("All stacked.")
    expect(changes.first.locator(".loom-from-to").first).to_contain_text("open → done")
    bead.get_by_text("What changed", exact=True).click()
    expect(changes.nth(1).locator(".loom-words del").first).to_have_text("Large")
    expect(changes.nth(1)).to_contain_text("changed")
    changes.nth(1).get_by_role("button", name="Undo").click()
    until(lambda: field_of(desk, bead_id, "description").startswith("Large"), 20)
    assert (field_of(desk, bead_id, "priority"), field_of(desk, bead_id, "status")) == (2, "done")


def test_a_deleted_bead_says_by_whom_and_comes_back(visit: Visit, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Throw out the string")
    mine, theirs = visit().new_page(), visit().new_page()
    open_bead(mine, bead_id)
    open_bead(theirs, bead_id)
    mine.locator("summary.loom-button", has_text="More").click()
    mine.get_by_role("button", name="Delete …").click()
    mine.get_by_role("dialog").get_by_label("Why").fill("Useless")
    mine.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for page in (mine, theirs):
        expect(page.get_by_role("heading", name=f"{bead_id} was deleted")).to_be_visible()
        expect(page.locator(".loom-refused")).to_contain_text("admin deleted it")
        expect(page.locator(".loom-refused")).to_contain_text("Useless")
    theirs.get_by_role("button", name="Bring it back").click()
    for page in (mine, theirs):
        expect(page.locator(".loom-bead h1")).to_have_text("Throw out the string")
    mine.goto("/beads/pan-none")
    expect(mine.get_by_role("heading", name="There is no bead pan-none")).to_be_visible()


def test_names_are_offered_behind_an_at_sign(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Ask around")
    open_bead(page, bead_id)
    said = page.get_by_role("textbox", name="Say something about this bead")
    said.press_sequentially("Ask @qu")
    expect(page.get_by_role("option", name="@Quinn")).to_be_visible()
    said.press("Enter")
    expect(said).to_have_value("Ask @Quinn ")
    said.press("Control+Enter")
    expect(page.locator(".loom-comment .loom-mention")).to_have_text("@Quinn")


def test_who_may_only_read_changes_nothing(visit: Visit, desk: Desk) -> None:
    other = desk.bead(ROOM, "Look here first")
    bead_id = desk.bead(ROOM, "Only look", description="See.", tags=["glass"], blocked_by=[other], context={"a": 1})
    context = visit(storage_state=None)
    assert context.request.post("/api/v1/auth/login", data={"username": "guest", "password": PASSWORD}).ok
    page = context.new_page()
    bead = open_bead(page, bead_id)
    expect(bead.get_by_role("region", name="Blocked by")).to_contain_text("Look here first")
    offered = bead.get_by_role("button").all_inner_texts()
    assert offered == ["Copy id", "Copy link"] or offered == []
    expect(bead.locator("select, textarea, input:not([disabled])")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_fault_for_those_who_cannot_see_or_use_a_mouse(
    visit: Visit, desk: Desk, scheme: str
) -> None:
    first = desk.bead(ROOM, "First things")
    bead_id = desk.bead(ROOM, "All of it", description=MARKED, tags=["a"], blocked_by=[first], context={"k": 1})
    desk.post(f"/beads/{bead_id}/comments", {"content": "Seen by @guest."})
    page = visit(color_scheme=scheme).new_page()
    bead = open_bead(page, bead_id)
    expect(page.locator(".loom-comment")).to_have_count(1)
    assert serious_faults(page) == []
    bead.get_by_role("button", name="Edit: Description").click()
    bead.get_by_role("button", name="+ Link").click()
    bead.get_by_role("button", name="Change due").click()
    expect(page.get_by_role("option", name="First things")).to_have_count(0)
    assert serious_faults(page) == []
    bead.get_by_role("tab", name="History").click()
    expect(bead.locator(".loom-history")).to_be_visible()
    assert serious_faults(page) == []


def test_a_panel_takes_the_focus_lets_one_edit_and_closes_by_escape(page: Page, desk: Desk) -> None:
    first = desk.bead(ROOM, "Lay the table")
    bead_id = desk.bead(ROOM, "Serve the soup", blocked_by=[first])
    page.goto(f"/graph?project={ROOM}&bead={bead_id}")
    panel = page.get_by_role("dialog", name="Serve the soup")
    expect(panel).to_be_focused()
    expect(panel.get_by_role("region", name="Blocked by")).to_contain_text("Lay the table")
    expect(panel.get_by_role("link", name="Open as page")).to_have_attribute("href", f"/beads/{bead_id}")
    assert [fault for fault in serious_faults(page) if "loom-peek" in fault or "loom-bead" in fault] == []
    panel.get_by_role("button", name="Edit: Title").click()
    panel.get_by_label("Title", exact=True).fill("Serve the soup hot")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Serve the soup hot")).to_be_visible()
    expect(panel.get_by_role("button", name="Edit: Title")).to_be_focused()
    panel.locator("summary.loom-button", has_text="More").click()
    page.keyboard.press("Escape")
    expect(panel).to_be_visible()
    panel.get_by_role("region", name="Blocked by").get_by_role("link").click()
    expect(page.get_by_role("dialog", name="Lay the table")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".loom-peek")).to_have_count(0)


def test_a_bead_that_is_given_to_nobody_says_why_and_what_helps(page: Page, desk: Desk) -> None:
    bead_id = desk.bead(ROOM, "Label the jars", assigned_to="nobody-known", defer_until="2099-01-01T00:00:00Z")
    open_bead(page, bead_id)
    why = page.get_by_role("region", name="How it is given out")
    unknown = why.locator("[data-reason=assigned_to_unknown]")
    expect(unknown).to_contain_text("nobody-known, who is neither on the project's team nor a person here")
    expect(unknown).to_contain_text("Assign it to somebody there is, or to nobody.")
    expect(why.locator("[data-reason=deferred] time").last).to_have_attribute("datetime", re.compile("^2099-01-01"))
    patch(desk, bead_id, assigned_to="", defer_until=None)
    expect(unknown).to_have_count(0)
