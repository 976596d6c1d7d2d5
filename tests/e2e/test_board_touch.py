"""The board under a finger, on a small screen: a held card is lifted, carried over the edge, dropped or left."""

import pytest
from playwright.sync_api import CDPSession, Page, ViewportSize, expect

from tests.e2e.conftest import Visit
from tests.e2e.test_board import notice, status_of
from tests.e2e.watching import card, open_board
from tests.support.system import Desk
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

BARN = "barn"
PHONE: ViewportSize = {"width": 360, "height": 780}
LIFTED = ".loom-drag-many.is-following"


class Finger:
    """One finger on a page, in pixels of the window."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._wire: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        self._wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    def press(self, x: float, y: float) -> None:
        self._send("touchStart", (x, y))

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", (x, y))

    def let_go(self) -> None:
        self._send("touchEnd")

    def lose(self) -> None:
        self._send("touchCancel")

    def hold(self, bead_id: str) -> tuple[float, float]:
        """Rests on a card until it is lifted; answers where."""
        box = card(self._page, bead_id).bounding_box()
        assert box is not None
        at = box["x"] + 120, box["y"] + 50
        self.press(*at)
        expect(self._page.locator(LIFTED)).to_be_visible()
        return at


@pytest.fixture(scope="module", autouse=True)
def barn(desk: Desk) -> None:
    """The project, empty."""
    desk.post("/projects", {"id": BARN, "name": "Barn", "bead_prefix": "barn"})


@pytest.fixture
def phone(visit: Visit) -> Page:
    """A page on a small screen without a mouse."""
    return visit(viewport=PHONE, has_touch=True, is_mobile=True).new_page()


def scrolled(page: Page) -> float:
    return float(page.locator(".loom-columns").evaluate("box => box.scrollLeft"))


def test_a_card_is_carried_by_finger_over_the_edge_into_the_next_column(phone: Page, desk: Desk) -> None:
    bead_id = desk.bead(BARN, "Fork the hay")
    open_board(phone, f"?project={BARN}&q=hay")
    finger = Finger(phone)
    _, y = finger.hold(bead_id)
    finger.move(350, y)
    until(lambda: scrolled(phone) > 200)
    finger.move(180, y)
    expect(phone.locator(".loom-column.is-in_progress .loom-cards.is-over")).to_be_visible()
    finger.let_go()
    expect(card(phone, bead_id, "in_progress")).to_be_visible()
    until(lambda: status_of(desk, bead_id) == "in_progress")
    expect(phone.locator(LIFTED)).to_have_count(0)
    expect(phone.locator(".loom-peek")).to_have_count(0)
    notice(phone).get_by_role("button", name="Undo").tap()
    until(lambda: status_of(desk, bead_id) == "open")


def test_a_lifted_card_that_is_left_stays_where_it_was(phone: Page, desk: Desk) -> None:
    bead_id = desk.bead(BARN, "Mend the gate")
    open_board(phone, f"?project={BARN}&q=gate")
    finger = Finger(phone)
    for leave in ("cancel", "escape", "nowhere"):
        _, y = finger.hold(bead_id)
        finger.move(350, y)
        until(lambda: scrolled(phone) > 200)
        if leave == "cancel":
            finger.lose()
        elif leave == "escape":
            phone.keyboard.press("Escape")
        else:
            finger.move(180, 20)
            expect(phone.locator(".loom-cards.is-over")).to_have_count(0)
        if leave != "cancel":
            finger.let_go()
        expect(phone.locator(f"{LIFTED}, .loom-card.is-lifted, .loom-cards.is-over")).to_have_count(0)
        phone.locator(".loom-columns").evaluate("box => { box.scrollLeft = 0 }")
        expect(card(phone, bead_id, "open")).to_be_visible()
    assert status_of(desk, bead_id) == "open"
    expect(notice(phone)).to_have_count(0)


def test_a_finger_that_moves_at_once_scrolls_and_one_that_taps_opens(phone: Page, desk: Desk) -> None:
    bead_id = desk.bead(BARN, "Count the owls")
    open_board(phone, f"?project={BARN}&q=owls")
    box = card(phone, bead_id).bounding_box()
    assert box is not None
    finger = Finger(phone)
    x, y = box["x"] + 200, box["y"] + 50
    finger.press(x, y)
    for step in range(12):
        finger.move(x - step * 15, y)
    finger.let_go()
    until(lambda: scrolled(phone) > 50)
    expect(phone.locator(LIFTED)).to_have_count(0)
    phone.locator(".loom-columns").evaluate("box => { box.scrollLeft = 0 }")
    until(lambda: scrolled(phone) < 1)
    card(phone, bead_id).tap(position={"x": 120, "y": 50})
    expect(phone.locator(".loom-peek")).to_be_visible()
    assert status_of(desk, bead_id) == "open"
