"""What nobody caught in the pages becomes a bead for people to look at, by itself."""

import pytest

from tests.e2e.conftest import Visit
from tests.e2e.watching import until_live
from tests.support.system import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
THROWN = "() => [1, 2].forEach((one) => setTimeout(() => { throw new TypeError('the shed is undefined'); }, one))"
LOST = "() => { setTimeout(() => Promise.reject(new TypeError('Failed to fetch'))); }"


def test_an_error_nobody_caught_is_filed_once_and_a_lost_connection_never(visit: Visit, desk: Desk) -> None:
    desk.post("/projects", {"id": "loom", "name": "Loom"})
    page = visit().new_page()
    page.goto("/projects/")
    until_live(page)
    for thrown in (LOST, THROWN):
        page.evaluate(thrown)
    found = {"tag": "auto-filed", "project_id": "loom"}
    [filed] = desk.until_true(lambda: desk.get("/beads", **found), 30, lambda: "no error was filed")
    assert filed["title"] == "Page error: TypeError: the shed is undefined"
    assert (filed["project_id"], filed["type"], filed["context"]["occurrences"]) == ("loom", "bug", 1)
    assert filed["context"]["reported"]["page"] == "/projects/"
    assert "requires-human-config" in filed["tags"]
