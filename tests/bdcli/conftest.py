"""`loom beads` run in the test's own process, on the test's database."""

import asyncio
import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from loom_app.bdcli import place, program
from loom_app.config import DatabaseSettings, Settings
from loom_app.kernel.database import Database


class Done(NamedTuple):
    """What a command did."""

    code: int
    out: str
    errors: str

    @property
    def json(self) -> Any:
        """Its answer."""
        assert self.code == 0, self.errors
        return json.loads(self.out)

    @property
    def refusal(self) -> Any:
        """Why it was refused."""
        assert (self.code, self.out) == (1, "")
        return json.loads(self.errors)


class Bd:
    """Runs commands as somebody, in project p unless told otherwise."""

    async def __call__(self, *words: str, given: bytes | io.BytesIO = b"", project: str = "p") -> Done:
        """Does what the words say."""
        named = ("--project", project) if project and "--project" not in words else ()
        return await asyncio.to_thread(self._run, [*words, *named], given)

    async def json(self, *words: str, given: bytes = b"") -> Any:
        """The answer to `words` in JSON."""
        return (await self(*words, "--json", given=given)).json

    def _run(self, words: list[str], given: bytes | io.BytesIO) -> Done:
        out, errors = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with _reading(given), contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            code = program.run(words)
            out.flush()
        data: bytes = out.buffer.getvalue()
        return Done(code, data.decode(), errors.getvalue())


@contextlib.contextmanager
def _reading(given: bytes | io.BytesIO) -> Iterator[None]:
    typed = io.BytesIO(given) if isinstance(given, bytes) else given
    before, sys.stdin = sys.stdin, io.TextIOWrapper(typed, "utf-8")
    try:
        yield
    finally:
        sys.stdin = before


@pytest.fixture
def bd(db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bd:
    """`loom beads` on the database of `db`, by Ann, outside any checkout."""
    there = settings.model_copy(update={"database": DatabaseSettings(url=db.url.render_as_string(hide_password=False))})
    monkeypatch.setattr(place, "home_settings", lambda: there)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BD_ACTOR", "ann")
    return Bd()
