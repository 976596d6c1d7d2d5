"""What strangers can do with the pages' socket and cookie, and pages that must neither fail nor spill on any screen."""

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from loom_app.auth.sessions import COOKIE
from loom_app.ui.pages.board.state import BoardState
from loom_app.ui.pages.home.state import HomeState
from tests.e2e.conftest import Visit
from tests.e2e.watching import until_live
from tests.support.git_repository import made
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.waiting import until
from tests.support.workshop import RECIPE, acts, done, write

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PROJECT = "kitchen"
EVIL = "http://evil.example"
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
SEND = """async ([name, payload, wanted]) => {
  const address = `${location.origin.replace(/^http/, 'ws')}/_event/?EIO=4&transport=websocket`;
  const token = crypto.randomUUID();
  const socket = new WebSocket(`${address}&token=${token}`);
  const event = { token, name, payload, router_data: { pathname: '/board', query: {}, asPath: '/board' } };
  const heard = [];
  try {
    return await new Promise((answer, fail) => {
      socket.onclose = () => fail(new Error(`closed after ${heard}`));
      setTimeout(() => fail(new Error(`only heard ${heard}`)), 20000);
      socket.onmessage = ({ data }) => {
        heard.push(data);
        if (data.startsWith('0')) socket.send('40/_event,');
        if (data === '2') socket.send('3');
        if (data.startsWith('40/_event')) socket.send('42/_event,' + JSON.stringify(['event', event]));
        if (data.includes(wanted)) answer(data);
      };
    });
  } finally {
    socket.close();
  }
}"""
"""Opens a socket as the pages do, sends one event and waits for the answer that contains `wanted`."""
BLIND = "(url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(() => undefined)"
FORM = """(url) => {
  const form = document.createElement('form');
  Object.assign(form, { method: 'post', action: url });
  document.body.append(form);
  form.submit();
}"""
PATCH = """(url) => fetch(url, {
  method: 'PATCH', credentials: 'include', body: '{"status": "done"}', headers: { 'Content-Type': 'application/json' },
}).then((answer) => answer.status, () => 'refused')"""
"""The ways a page of another origin has to write."""

Furnished = dict[str, str]


@pytest.fixture(scope="module")
def system(alone: System) -> System:
    """One of its own, since it has a model."""
    return alone


@pytest.fixture(scope="module")
def furnished(desk: Desk, model: ProviderProcess, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    """Something to see on every page: a finished bead, one that waits for a person, one with a very long name."""
    origin = made(tmp_path_factory.mktemp("origin") / "kitchen", RECIPE)
    model.script({"when": "More salt", **acts(write("salt.txt", "10 g\n"), done())})
    model.script({"when": "Which flour", **acts({"type": "ask_followup", "question": "Rye or wheat?" * 8})})
    desk.post("/providers", {"id": "model", "endpoint": model.url, "model": "test-model"})
    desk.post("/projects", {"id": PROJECT, "name": "Kitchen", "git_repo": str(origin), "bead_prefix": "kit"})
    desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": PROJECT})
    finished = desk.bead(PROJECT, "More salt")
    waiting = desk.bead(PROJECT, "Which flour")
    long = desk.bead(PROJECT, "Knead" + "e" * 200, blocked_by=[waiting], tags=["t" * 60], description="d" * 400)
    desk.until_bead(finished)
    until(lambda: desk.get("/decisions"), 60, what="the question is asked")
    return {"finished": finished, "waiting": waiting, "long": long}


def handler(state: Any, name: str) -> str:
    """The full name of an event handler, as the socket takes it."""
    return f"{state.get_full_name()}.{name}"


def test_a_socket_from_another_site_is_refused(system: System, page: Page) -> None:
    page.goto("/")
    (cookie,) = (each for each in page.context.cookies() if each["name"] == COOKIE)
    known = {"Cookie": f"{COOKIE}={cookie['value']}"}
    assert _upgraded(system, known | {"Origin": system.url}) == 101
    assert _upgraded(system, known | {"Origin": EVIL}) in (400, 403)
    assert _upgraded(system, known | {"Origin": f"{system.url}.evil.example"}) in (400, 403)
    assert _upgraded(system, known | {"Origin": "null"}) in (400, 403)


def _upgraded(system: System, headers: dict[str, str]) -> int:
    """What the pages' socket answers to somebody who wants to open it."""
    address = f"{system.url}/_event/?EIO=4&transport=websocket&token=somebody"
    with (
        httpx.Client(trust_env=False, timeout=20) as http,
        http.stream("GET", address, headers=UPGRADE | headers) as answer,
    ):
        return answer.status_code


def test_an_event_changes_nothing_without_a_session(
    browser: Browser, system: System, desk: Desk, furnished: Furnished
) -> None:
    context = browser.new_context(base_url=system.url)
    page = context.new_page()
    page.goto("/login")
    before = desk.get("/events/stats")["last_seq"]
    page.evaluate(SEND, [handler(HomeState, "load_demo"), {}, "/login"])
    page.evaluate(SEND, [handler(BoardState, "create"), {"form": _form("An anonymous wish")}, "/login"])
    assert not any(project["id"] == "demo" for project in desk.get("/projects"))
    assert not any(bead["title"] == "An anonymous wish" for bead in desk.get("/beads"))
    since = [event for event in desk.get("/events", limit=200)["events"] if event["seq"] > before]
    assert [event for event in since if event["actor"]["kind"] != "system"] == []
    context.close()


def test_the_same_event_works_with_one(page: Page, desk: Desk, furnished: Furnished) -> None:
    page.goto("/")
    page.evaluate(SEND, [handler(BoardState, "create"), {"form": _form("A wish of somebody")}, "is on the board"])
    assert any(bead["title"] == "A wish of somebody" for bead in desk.get("/beads"))


def _form(title: str) -> dict[str, str]:
    return {"project_id": PROJECT, "title": title, "type": "task", "priority": "2"}


def test_scripts_cannot_read_the_session(page: Page) -> None:
    page.goto("/")
    until_live(page)
    (cookie,) = (each for each in page.context.cookies() if each["name"] == COOKIE)
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    kept = page.evaluate("JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])")
    assert cookie["value"] not in kept
    assert COOKIE not in kept


def test_another_origin_writes_nothing_with_the_cookie(
    page: Page, system: System, desk: Desk, furnished: Furnished, foreign: str
) -> None:
    path = f"/api/v1/beads/{furnished['long']}"
    before = desk.get("/events", subject_id=furnished["long"])
    page.goto(foreign)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/redispatch")):
        page.evaluate(BLIND, f"{system.url}{path}/redispatch")
    with page.expect_response(f"{system.url}{path}/redispatch") as answered:
        page.evaluate(FORM, f"{system.url}{path}/redispatch")
    assert answered.value.status == 403, "without the cookie, which browsers send along, it would be 401"
    page.wait_for_url(f"{system.url}{path}/redispatch")
    page.goto(foreign)
    assert page.evaluate(PATCH, f"{system.url}{path}") == "refused"
    assert desk.get("/events", subject_id=furnished["long"]) == before
    page.goto("/board")
    assert page.evaluate("(url) => fetch(url, {method: 'POST'}).then((got) => got.status)", f"{path}/redispatch") == 200


WIDTHS = (1440, 820, 360)
SPILL = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_fails_or_spills(scheme: str, visit: Visit, furnished: Furnished) -> None:
    page = visit(color_scheme=scheme).new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(f"{page.url}: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("response", lambda got: faults.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    beads = [f"/beads/{bead_id}" for bead_id in furnished.values()]
    for path in (
        "/",
        "/board",
        *beads,
        "/projects",
        "/agents",
        "/decisions",
        "/system",
        "/users",
        "/audit",
        "/account",
    ):
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.goto(path)
        until_live(page)
        expect(page.locator("html")).to_have_class(re.compile(rf"\b{scheme}\b"))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(SPILL) <= 0, f"{path} scrolls sideways at {width} px"
    assert faults == []
