"""One browser and one running Loom for all files that need no model; every test gets a page that is signed in."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, expect, sync_playwright

from tests.e2e.watching import CHROMIUM, FLAGS, RECORDER
from tests.support.provider_process import ProviderProcess
from tests.support.system import PASSWORD, Desk, System

PATIENCE_MS = 45_000
"""How long a page may take on a busy machine before a test gives up; nothing waits that long when all is well."""
SCREEN: ViewportSize = {"width": 1440, "height": 900}

Visit = Callable[..., BrowserContext]


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running Loom with a password for `admin`, without provider and demo; each file makes projects of its own."""
    with System(tmp_path_factory.mktemp("loom") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The same for one file alone, for those that have a model or harm the system."""
    with System(tmp_path_factory.mktemp("loom") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def desk(system: System) -> Desk:
    """The same Loom by REST."""
    return Desk(system.client())


@pytest.fixture(scope="module")
def model() -> Iterator[ProviderProcess]:
    """A scripted model, not yet known to Loom."""
    with ProviderProcess() as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        shown = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        expect.set_options(timeout=PATIENCE_MS)
        yield shown
        shown.close()


@pytest.fixture(scope="module")
def session(browser: Browser, system: System) -> StorageState:
    """The cookies of a browser in which `admin` has signed in."""
    context = browser.new_context(base_url=system.url)
    answer = context.request.post("/api/v1/auth/login", data={"username": "admin", "password": PASSWORD})
    assert answer.ok, answer.text()
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def visit(browser: Browser, system: System, session: StorageState) -> Iterator[Visit]:
    """Opens further browsers in which `admin` is signed in; keywords are those of `new_context`."""
    contexts: list[BrowserContext] = []

    def opened(**options: object) -> BrowserContext:
        given = {"base_url": system.url, "viewport": SCREEN, "storage_state": session} | options
        context = browser.new_context(**given)  # type: ignore[arg-type]  # the caller's keywords
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(RECORDER)
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(visit: Visit) -> Page:
    """A page of a browser in which `admin` is signed in."""
    return visit().new_page()


@pytest.fixture
def foreign() -> Iterator[str]:
    """The address of an empty page of another origin on the same host, to which browsers send the same cookies."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
