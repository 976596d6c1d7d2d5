"""What is logged, by Loom and by the libraries it uses, holds no secrets: in the words, the fields and tracebacks."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from loom_app.kernel import log

SECRET = "Zq9-flour-by-moonlight"


@pytest.fixture(params=[True, False], ids=["json", "text"])
def as_json(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether logs are JSON; what the test does to logging is undone."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level, loud = root.handlers[:], root.level, logging.raiseExceptions
    yield request.param
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = loud
    structlog.configure(**before)


def shout() -> None:
    """Fails with a secret in the words of the error."""
    raise ValueError(f"POST /login {{'username': 'ada', 'password': '{SECRET}'}} Authorization: Bearer {SECRET}")


def test_fields_words_and_tracebacks(as_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    log.configure("debug", as_json=as_json)
    ours, theirs = log.get_logger("ours"), logging.getLogger("theirs")
    ours.info("signed in", user="ada", password=SECRET, headers={"Cookie": f"loom_session={SECRET}", "Host": "here"})
    ours.warning("cannot open %s", f"https://ada:{SECRET}@example.org/a?token={SECRET}")
    theirs.error("GET /setup?token=%s from %s", SECRET, "here", extra={"token": SECRET})
    try:
        shout()
    except ValueError:
        ours.exception("it failed", request_id="req-1")
        theirs.exception("it failed there")
    said = written.getvalue()
    assert SECRET not in said
    for kept in ("signed in", "ada", "here", "it failed", "req-1", "ValueError", "shout"):
        assert kept in said
    if as_json:
        assert all(json.loads(line)["event"] for line in said.splitlines())


def test_a_record_that_cannot_be_written_is_not_shown_raw(as_json: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    log.configure("debug", as_json=as_json)
    logging.getLogger("theirs").error("%d %s", "no number", f"password={SECRET}")
    assert SECRET not in written.getvalue()
