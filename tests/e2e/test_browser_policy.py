"""What a browser lets our pages do, and lets others do to them."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from simple_websocket import Client, ConnectionClosed  # type: ignore[import-untyped]

from tests.e2e.conftest import Visit
from tests.e2e.test_safety import UPGRADE
from tests.e2e.watching import CHROMIUM, FLAGS, open_board, until_live
from tests.support.system import PASSWORD, Desk, System
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LISTEN = """
window.loomRefused = [];
addEventListener('securitypolicyviolation', (e) => loomRefused.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
DIALOGS = {"/board": "New bead", "/projects": "New project", "/agents": "New agent", "/system": "Register a provider"}
FOREIGN_HOST = "rebound.example"


class Faults:
    """What the browser refused or complained of on the pages of a context."""

    def __init__(self, context: BrowserContext) -> None:
        self.seen: list[str] = []
        context.add_init_script(LISTEN)
        context.on("console", lambda said: self._note(said.page, said.text) if "olicy" in said.text else None)
        context.on("weberror", lambda fault: self._note(fault.page, str(fault.error)))

    def _note(self, page: Page | None, text: str) -> None:
        self.seen.append(f"{page.url if page else ''}: {text}")

    def check(self, page: Page) -> None:
        """Fails with what was refused on `page`."""
        assert page.evaluate("loomRefused") == []
        assert self.seen == []


@pytest.fixture(scope="module", autouse=True)
def _kitchen(desk: Desk) -> None:
    desk.post("/projects", {"id": "kitchen", "name": "Kitchen"})
    desk.bead("kitchen", "Salt the soup")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_does_what_its_policy_refuses(scheme: str, visit: Visit, desk: Desk) -> None:
    context = visit(color_scheme=scheme)
    faults, page = Faults(context), context.new_page()
    (bead,) = desk.get("/beads", project_id="kitchen", limit=1)
    team = ("/agents", "/personas?name=default%2Fceo", "/org-chart?project=kitchen")
    for path in ("/", "/board", "/graph", f"/beads/{bead['id']}", "/projects", *team, "/decisions", "/system"):
        page.goto(path)
        until_live(page)
        if path in DIALOGS:
            page.get_by_role("button", name=DIALOGS[path]).first.click()
            expect(page.get_by_role("dialog")).to_be_visible()
            page.keyboard.press("Escape")
        page.get_by_label("Theme").select_option("light" if scheme == "dark" else "dark")
        faults.check(page)


def test_notices_show_and_cards_are_lifted_under_the_policy(visit: Visit) -> None:
    context = visit()
    faults, page = Faults(context), context.new_page()
    open_board(page)
    page.get_by_role("button", name="New bead").click()
    dialog = page.get_by_role("dialog", name="New bead")
    dialog.get_by_label("Title").fill("Stir the soup")
    dialog.get_by_role("button", name="Create bead").click()
    expect(page.locator("[data-sonner-toast]").get_by_text("is on the board")).to_be_visible()
    page.locator("[data-bead]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    faults.check(page)


def test_strangers_pages_keep_the_policy_too(browser: Browser, system: System) -> None:
    context = browser.new_context(base_url=system.url)
    faults, page = Faults(context), context.new_page()
    for path, shown in (("/login", "Sign in"), ("/setup", "Loom"), ("/nothing/here", "404")):
        page.goto(path)
        expect(page.locator("body")).to_contain_text(shown)
        faults.check(page)
    page.goto("/login")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("a wrong guess 17")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    faults.check(page)
    context.close()


def test_the_description_of_the_api_works_under_its_policy(visit: Visit) -> None:
    context = visit()
    faults, page = Faults(context), context.new_page()
    page.goto("/api/docs")
    page.locator("#operations-tag-health").click()
    page.locator(".opblock-summary").filter(has_text="/api/v1/health").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute", exact=True).click()
    expect(page.locator(".live-responses-table .response-col_status").get_by_text("200")).to_be_visible()
    faults.check(page)


SCRIPT = "const s = document.createElement('script'); {}; document.body.append(s)"
FORM = "const f = document.createElement('form'); f.action = 'http://127.0.0.1:9/'; document.body.append(f); f.submit()"
INJECTED = {
    "a script written into the page": (SCRIPT.format("s.textContent = 'window.owned = 1'"), "script-src-elem"),
    "a script from elsewhere": (SCRIPT.format("s.src = 'http://127.0.0.1:9/x.js'"), "script-src-elem"),
    "a script as data": (SCRIPT.format("s.src = 'data:text/javascript,owned=1'"), "script-src-elem"),
    "an event in markup": ("document.body.insertAdjacentHTML('beforeend', '<p onclick=owned=1>')", "script-src-attr"),
    "text run as code": ("setTimeout(() => { try { eval('window.owned = 1') } catch {} })", "script-src"),
    "code made of text": ("setTimeout(() => { try { Function('window.owned = 1')() } catch {} })", "script-src"),
    "style in markup": ("document.body.insertAdjacentHTML('beforeend', '<p style=\"top: 0\">')", "style-src-attr"),
    "an image from elsewhere": ("new Image().src = 'http://127.0.0.1:9/steal?x=1'", "img-src"),
    "a request to elsewhere": ("fetch('http://127.0.0.1:9/').catch(() => 0)", "connect-src"),
    "a socket to elsewhere": ("try { new WebSocket('ws://127.0.0.1:9/') } catch {}", "connect-src"),
    "a page within": ("document.body.append(Object.assign(document.createElement('iframe'), {src: '/'}))", "frame-src"),
    "an object": ("document.body.append(Object.assign(document.createElement('object'), {data: '/x'}))", "object-src"),
    "another base": ("document.head.append(Object.assign(document.createElement('base'), {href: '/x/'}))", "base-uri"),
    "a form to elsewhere": (FORM, "form-action"),
}
"""What somebody who got text into a page would try, and the part of the policy that refuses it."""


def test_what_is_smuggled_into_a_page_runs_and_tells_nothing(visit: Visit) -> None:
    context = visit()
    context.add_init_script(LISTEN)
    page = context.new_page()
    page.goto("/")
    until_live(page)
    for what, (script, directive) in INJECTED.items():
        page.evaluate("loomRefused.length = 0")
        page.evaluate(f"() => {{ {script} }}")
        refused = until(lambda: page.evaluate("loomRefused"), 10, what=f"the browser refuses {what}")
        assert any(each.startswith(directive) for each in refused), (what, refused)
    assert page.evaluate("typeof owned") == "undefined"


FRAME = "(url) => { const f = document.createElement('iframe'); f.src = url; document.body.append(f) }"


@pytest.mark.parametrize("path", ["/login", "/api/docs", "/api/v1/health"])
def test_no_other_page_frames_ours(page: Page, system: System, foreign: str, path: str) -> None:
    page.goto(foreign)
    page.evaluate(FRAME, f"{system.url}{path}")

    def shown() -> list[str]:
        page.evaluate("document.readyState")
        return [frame.url for frame in page.frames[1:] if frame.url]

    until(shown, 10, what="the frame has loaded something")
    assert shown() == ["chrome-error://chromewebdata/"]


@pytest.fixture
def rebound(browser: Browser) -> Iterator[Page]:
    """A page of a browser in which a foreign name leads to this machine."""
    options = [*FLAGS, f"--host-resolver-rules=MAP {FOREIGN_HOST} 127.0.0.1"]
    tricked = browser.browser_type.launch(executable_path=CHROMIUM, args=options)
    yield tricked.new_page()
    tricked.close()


def test_a_name_made_to_lead_here_learns_nothing(rebound: Page, system: System) -> None:
    for path in ("/", "/login", "/api/v1/health", "/api/docs", "/assets/none.js"):
        answer = rebound.goto(f"http://{FOREIGN_HOST}:{system.port}{path}")
        assert answer is not None
        assert (answer.status, answer.json()["code"]) == (400, "unknown_host"), path


@pytest.mark.parametrize("host", [FOREIGN_HOST, f"127.0.0.1.{FOREIGN_HOST}", ""])
def test_nor_does_it_open_a_socket_or_a_stream(system: System, host: str) -> None:
    named = {"Host": host, "Origin": f"http://{host}"}
    for path, headers in (("/_event/?EIO=4&transport=websocket&token=x", UPGRADE), ("/api/v1/events/stream", {})):
        with (
            httpx.Client(trust_env=False, timeout=20) as http,
            http.stream("GET", f"{system.url}{path}", headers=headers | named) as answer,
        ):
            assert answer.status_code in (400, 403), path


def test_pages_take_only_reading_and_lead_nowhere_else(system: System) -> None:
    def told(answer: httpx.Response) -> tuple[int, Any]:
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.headers.get("allow")

    with httpx.Client(base_url=system.url, trust_env=False, timeout=20) as http:
        for path in ("/", "/board", "/login", "/assets/none.js", "/nothing/here"):
            for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"):
                assert told(http.request(method, path)) == (405, "GET, HEAD"), (method, path)
        for path in (
            "//evil.example",
            "//evil.example/%2e%2e",
            "/board//evil.example",
            "/%2f%2fevil.example",
            "/\\evil.example",
        ):
            answer = http.get(f"{system.url}{path}")
            assert answer.headers.get("location", system.url).startswith(system.url), path
        for method in ("GET", "POST", "TRACE"):
            for path in ("/api", "/health/xx", "/api/v1/nothing"):
                assert told(http.request(method, path)) == (404, None), (method, path)


def test_no_cross_origin_grant_on_pages_socket_or_api(system: System) -> None:
    with httpx.Client(base_url=system.url, trust_env=False, timeout=20) as http:
        for path in ("/", "/api/v1/health", "/_event/?EIO=4&transport=polling", "/ping"):
            for origin in ("http://evil.example", "null", f"http://localhost:{system.port}"):
                asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
                for answer in (http.get(path, headers={"Origin": origin}), http.options(path, headers=asked)):
                    grants = [name for name in answer.headers if name.startswith("access-control")]
                    assert grants == [], (path, origin, answer.request.method)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n" + b"X-Many: 1\r\n" * 5_000 + b"\r\n",
        b"GET /api/v1/health HTTP/1.1\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET http://evil.example/api/v1/health HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"POST /api/v1/beads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nx",
        b"GET /api/v1/health HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"\x16\x03\x01\x00nonsense\r\n\r\n",
    ],
)
def test_a_head_that_is_too_large_or_unclear_is_refused(system: System, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", system.port), timeout=20) as connection:
        with contextlib.suppress(OSError):  # the server may have hung up already
            connection.sendall(head)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            answer = connection.recv(65_536)
            assert answer == b"" or answer.split()[1] in (b"400", b"414", b"431")
    assert system.answers()


def test_a_message_too_large_for_the_socket_ends_it(system: System) -> None:
    address = f"ws://127.0.0.1:{system.port}/_event/?EIO=4&transport=websocket&token=loud"
    client = Client.connect(address, headers={"Origin": system.url})
    client.send("4" + "x" * 1_100_000)
    with pytest.raises(ConnectionClosed):
        until(lambda: client.receive(20) is None, 20, what="the socket is closed")
    assert system.answers()
