"""The socket of the pages lets in our own pages alone, and nobody does anything there without being signed in."""

import pytest

from loom_app.ui.pages.home.state import HomeState
from tests.support.live_socket import handshake_status, send_event
from tests.support.system import Desk, System

pytestmark = pytest.mark.e2e


def test_pages_of_other_origins_are_refused(system: System) -> None:
    assert handshake_status(system.url, system.url) == 101
    for origin in ("http://evil.example", f"http://127.0.0.1:{system.port + 1}", "null"):
        assert handshake_status(system.url, origin) in (400, 403), origin


def test_an_event_of_somebody_who_is_not_signed_in_does_nothing(system: System, desk: Desk) -> None:
    before = desk.get("/projects")
    answers = send_event(system.url, f"{HomeState.get_full_name()}.load_demo")
    assert "redirect" in str(answers), answers
    assert desk.get("/projects") == before
    assert not (system.data_dir / "demo" / "enabled").exists()
