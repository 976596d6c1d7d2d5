"""Markup that people, models and files bring along is shown as text: no page runs any of it."""

from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Error, Page, expect

from tests.e2e.watching import until_live
from tests.security.corpora import MARKUP
from tests.support.system import Desk, System
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PROJECT = "sharp"
PAGES = (
    "/", "/board", "/graph", "/projects", "/agents", "/personas?name=sharp%2Ftrap", "/org-chart?project=sharp",
    "/decisions", "/system", "/users", "/audit", "/account",
    "/inbox", "/account/notifications",
)  # fmt: skip
TRAP = "Object.defineProperty(window, 'harmed', { set() { sessionStorage.harmed = '1' } })"
"""Remembers over navigations that a script of ours ran."""
UNHARMED = "() => !sessionStorage.harmed && !document.querySelector('[onerror], [onload], [srcdoc]')"


@pytest.fixture(scope="module")
def system(alone: System) -> System:
    """One of its own, since it has a model."""
    return alone


@pytest.fixture(scope="module")
def furnished(desk: Desk) -> list[str]:
    """Every kind of thing, with markup in every text: the beads' ids."""
    desk.post("/projects", {"id": PROJECT, "name": MARKUP[0], "bead_prefix": "sharp"})
    desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": PROJECT, "name": MARKUP[1]})
    persona = {"description": MARKUP[0], "instructions": "\n\n".join(MARKUP), "metadata": {"role": MARKUP[1]}}
    desk.post("/personas", {"name": "sharp/trap", **persona})
    beads = []
    for text in MARKUP:
        long: dict[str, Any] = dict.fromkeys(("description", "design", "notes", "acceptance_criteria"), text)
        more = long | {"tags": [text[:100]], "external_ref": text[:200], "defer_until": "2099-01-01T00:00:00Z"}
        beads.append(desk.bead(PROJECT, text, **more))
    for number, text in enumerate(MARKUP):
        desk.post("/auth/api-keys", {"name": text[:100], "permissions": ["beads:read"]})
        draft = {"id": f"m{number}", "name": text, "endpoint": "http://127.0.0.1:9/v1", "description": text}
        desk.post("/providers", draft)
    return beads


@pytest.fixture
def trapped(page: Page) -> Page:
    """A page that notices when markup runs."""
    page.add_init_script(TRAP)
    return page


def unharmed(page: Page) -> bool | None:
    """Whether nothing ran so far; None while the page goes elsewhere."""
    try:
        found: bool = page.evaluate(UNHARMED)
    except Error:
        return None
    return found


def test_the_trap_works(trapped: Page) -> None:
    trapped.goto("/account")
    assert unharmed(trapped) is True
    trapped.evaluate("() => { window.harmed = 1 }")
    trapped.goto("/system")
    assert unharmed(trapped) is False


def test_no_page_runs_what_people_wrote(trapped: Page, furnished: list[str]) -> None:
    for address in PAGES:
        trapped.goto(address)
        until_live(trapped)
        assert unharmed(trapped) is True, address
    for bead, text in zip(furnished, MARKUP, strict=True):
        trapped.goto(f"/beads/{bead}")
        until_live(trapped)
        expect(trapped.locator("body")).to_contain_text(text)
        assert unharmed(trapped) is True, text


def test_addresses_are_no_markup_either(trapped: Page, furnished: list[str]) -> None:
    for text in MARKUP:
        for address in (
            f"/board?project={quote(text)}",
            f"/login?next={quote(text)}",
            f"/beads/{quote(text, safe='')}",
        ):
            with suppress(Error):  # who is signed in is led away from /login at once
                trapped.goto(address)
            until(lambda: unharmed(trapped) is not None, 20, what=f"{address} settles")
            assert unharmed(trapped) is not False, address
