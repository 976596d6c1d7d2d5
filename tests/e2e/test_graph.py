"""The work graph under a person's hands: thirty beads, a chain of six among them."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.watching import Loads, until_live
from tests.support.system import Desk
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MILL = "mill"
CHAIN = 6
BEADS = 30
NOW = "2026-01-01T00:00:00Z"


def line(number: int) -> str:
    """Bead `number` of the mill: 1 to 6 wait one for the other, 7 to 12 for 1, the last two are done."""
    before = number - 1 if 1 < number <= CHAIN else 1 if CHAIN < number <= 2 * CHAIN else 0
    bead = {
        "id": f"{MILL}-{number}", "title": f"Grind sack {number}", "priority": number % 5, "issue_type": "task",
        "status": "closed" if number > BEADS - 2 else "open", "created_at": NOW, "updated_at": NOW,
        "assignee": "ann" if number % 2 else "bob", "estimated_minutes": 60,
    }  # fmt: skip
    if before:
        edge = {"issue_id": bead["id"], "depends_on_id": f"{MILL}-{before}", "type": "blocks"}
        bead["dependencies"] = [edge]
    return json.dumps(bead)


@pytest.fixture(scope="module", autouse=True)
def mill(desk: Desk) -> None:
    """The project with its beads."""
    desk.post("/projects", {"id": MILL, "name": "Mill", "bead_prefix": MILL})
    lines = "\n".join(line(number) for number in range(1, BEADS + 1))
    taken = desk.http.post(f"/api/v1/projects/{MILL}/beads/import", content=lines)
    assert taken.json()["created"] == BEADS, taken.text


def open_graph(page: Page, query: str = "") -> None:
    """The graph of the mill, arranged, live and in view as a whole."""
    page.goto(f"/graph?project={MILL}{query}")
    until_live(page)
    expect(page.locator('.loom-graph[data-loaded="yes"]')).to_be_visible()
    expect(page.locator(".loom-node").first).to_be_visible()
    page.get_by_role("button", name="Show the whole graph").click()


def shows(page: Page, count: int) -> None:
    """Waits until so many beads fit what is asked for."""
    expect(page.locator(".loom-graph")).to_have_attribute("data-beads", str(count))


def node(page: Page, number: int) -> Locator:
    """The drawn bead."""
    return page.locator(f'.loom-node[data-bead="{MILL}-{number}"]')


def edge(page: Page, before: int, after: int) -> Locator:
    """The line between two beads."""
    return page.locator(f'.react-flow__edge[data-id="{MILL}-{before} → {MILL}-{after}"]')


def view(page: Page) -> str:
    """Where the drawing is moved and zoomed to."""
    return str(page.locator(".react-flow__viewport").evaluate("(shown) => shown.style.transform"))


def drag(page: Page, before: int, after: int) -> None:
    """Draws a line from the end of one bead onto another."""
    node(page, before).hover()
    start = node(page, before).locator(".react-flow__handle.source").bounding_box()
    goal = node(page, after).bounding_box()
    assert start is not None
    assert goal is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 40, start["y"] + 10, steps=4)
    expect(page.locator(".react-flow__connection-path")).to_have_count(1)
    page.mouse.move(goal["x"] + goal["width"] / 2, goal["y"] + goal["height"] / 2, steps=10)
    page.mouse.up()


def waits_for(desk: Desk, number: int) -> list[str]:
    """What the server says that a bead comes after."""
    return list(desk.get(f"/beads/{MILL}-{number}")["blocked_by"])


def test_the_critical_path_is_told_and_drawn(page: Page) -> None:
    open_graph(page)
    expect(page.locator(".loom-critical")).to_contain_text("Critical path 6 beads, 6 h")
    shows(page, BEADS - 2)
    expect(page.locator(".loom-node")).to_have_count(BEADS - 2)
    expect(page.locator(".loom-node.is-critical")).to_have_count(CHAIN)
    expect(edge(page, 1, 2)).to_have_class(re.compile("is-critical"))
    expect(edge(page, 1, 7)).not_to_have_class(re.compile("is-critical"))
    page.get_by_label("Critical path only").check()
    shows(page, CHAIN)
    expect(page).to_have_url(re.compile(r"critical=1"))


def test_a_bead_is_opened_beside_the_graph_and_back_closes_it(page: Page) -> None:
    open_graph(page)
    node(page, 3).click()
    panel = page.get_by_role("dialog", name="Grind sack 3")
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile(rf"bead={MILL}-3"))
    page.go_back()
    expect(panel).to_have_count(0)
    page.go_forward()
    expect(panel).to_be_visible()


def test_filters_stand_in_the_address_and_back_takes_them_back(page: Page) -> None:
    open_graph(page)
    page.get_by_label("Priority", exact=True).select_option("1")
    shows(page, 6)
    page.get_by_label("Agent", exact=True).select_option("ann")
    shows(page, 3)
    page.reload()
    shows(page, 3)
    expect(page.get_by_label("Agent", exact=True)).to_have_value("ann")
    page.go_back()
    shows(page, 6)
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Project", exact=True).select_option(MILL)
    page.get_by_label("Finished too").check()
    shows(page, BEADS)
    page.get_by_label("Filter beads by text").fill("no such sack")
    expect(page.locator(".loom-hint")).to_contain_text("fits the filters")
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(".loom-node").first).to_be_visible()


def test_what_is_around_one_bead(page: Page) -> None:
    open_graph(page, f"&focus={MILL}-5&depth=1")
    shows(page, 3)
    page.get_by_label(f"How far around {MILL}-5").select_option("3")
    shows(page, 5)
    page.get_by_role("button", name="Show all again").click()
    shows(page, BEADS - 2)


def test_what_others_do_shows_without_moving_the_drawing(page: Page, desk: Desk) -> None:
    open_graph(page)
    expect(node(page, 20)).to_contain_text("Open")
    loads, before = Loads(page), view(page)
    assert desk.http.patch(f"/api/v1/beads/{MILL}-20", json={"status": "in_progress"}).status_code == 200
    expect(node(page, 20)).to_contain_text("In progress")
    expect(node(page, 20)).to_have_class(re.compile("is-in_progress"))
    assert view(page) == before
    where = node(page, 1).bounding_box()
    made = desk.bead(MILL, "Sweep the floor", blocked_by=[f"{MILL}-20"])
    expect(page.locator(f'.loom-node[data-bead="{made}"]')).to_contain_text("Waits")
    assert where is not None
    assert node(page, 1).bounding_box() is not None
    assert loads.count == 0
    assert desk.http.patch(f"/api/v1/beads/{made}", json={"status": "done"}).status_code == 200
    expect(page.locator(f'.loom-node[data-bead="{made}"]')).to_have_count(0)


@pytest.fixture
def linked(page: Page, desk: Desk) -> Iterator[None]:
    """Bead 15 waits for bead 14, drawn by hand."""
    open_graph(page)
    drag(page, 14, 15)
    expect(edge(page, 14, 15)).to_have_count(1)
    yield
    desk.http.delete(f"/api/v1/beads/{MILL}-15/dependencies/{MILL}-14")


def test_a_dependency_is_made_by_dragging_and_taken_back(page: Page, desk: Desk, linked: None) -> None:
    expect(page.get_by_text(f"{MILL}-15 now waits for {MILL}-14.")).to_be_visible()
    assert waits_for(desk, 15) == [f"{MILL}-14"]
    page.get_by_role("button", name="Undo").click()
    expect(edge(page, 14, 15)).to_have_count(0)
    until(lambda: waits_for(desk, 15) == [])


def test_a_dependency_is_removed_and_put_back(page: Page, desk: Desk, linked: None) -> None:
    edge(page, 14, 15).locator(".react-flow__edge-interaction").dispatch_event("click")
    expect(page.locator(".loom-graph-edge")).to_contain_text(f"{MILL}-14 before {MILL}-15")
    page.keyboard.press("Delete")
    expect(edge(page, 14, 15)).to_have_count(0)
    until(lambda: waits_for(desk, 15) == [])
    page.get_by_text(f"{MILL}-15 no longer depends on {MILL}-14.").locator("xpath=ancestor::li").get_by_role(
        "button", name="Undo"
    ).click()
    expect(edge(page, 14, 15)).to_have_count(1)
    assert waits_for(desk, 15) == [f"{MILL}-14"]


def test_a_circle_is_refused_with_its_path(page: Page, desk: Desk) -> None:
    open_graph(page)
    drag(page, 3, 1)
    path = f"{MILL}-1 → {MILL}-3 → {MILL}-2 → {MILL}-1"
    expect(page.get_by_text(f"This would make a cycle of dependencies: {path}.")).to_be_visible()
    expect(page.locator(".loom-node.is-refused")).to_have_count(3)
    assert waits_for(desk, 1) == []


def test_the_graph_is_walked_linked_and_opened_by_keyboard(page: Page, desk: Desk) -> None:
    open_graph(page)
    graph = page.get_by_role("application")
    graph.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(node(page, 3)).to_have_class(re.compile("is-current"))
    expect(page.get_by_text(f"{MILL}-3, Grind sack 3. Waits. priority 3")).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(node(page, 2)).to_have_class(re.compile("is-current"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Grind sack 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(graph).to_be_focused()
    page.keyboard.press("l")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(edge(page, 2, 4)).to_have_count(1)
    assert sorted(waits_for(desk, 4)) == [f"{MILL}-2", f"{MILL}-3"]
    desk.http.delete(f"/api/v1/beads/{MILL}-4/dependencies/{MILL}-2")


def test_a_small_screen_begins_with_the_list(visit: Visit) -> None:
    page = visit(viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"/graph?project={MILL}")
    beads = page.get_by_role("list", name="Beads").locator(":scope > li")
    expect(beads).to_have_count(BEADS - 2)
    expect(beads.first).to_contain_text("On the critical path")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Graph", exact=True).click()
    expect(page.locator(".loom-node").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_draws_the_graph_is_loaded_by_its_page_alone(page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto("/board")
    until_live(page)
    assert not [url for url in loaded if "/assets/graph" in url]
    open_graph(page)
    assert [url for url in loaded if "/assets/graph_layout" in url]
