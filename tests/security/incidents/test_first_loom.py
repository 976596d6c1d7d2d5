"""What the first Loom shipped: admin/admin, no authentication, a scan of all keys per request, `sh -c`, innerHTML."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.engine import Engine

from loom_app.auth import api_keys
from loom_app.config import Settings
from tests.support.people import browser
from tests.support.world import World

ROOT = Path(__file__).resolve().parents[3]
SHELL = {"loom_app/sandbox/running.py"}
"""Where a command of an agent is handed to a shell, inside the sandbox."""


def sources(*endings: str) -> Iterator[tuple[str, str]]:
    """The name and text of every file of ours with such an ending."""
    for folder in ("loom_app", "workers", "scripts"):
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix in endings and not name.startswith("loom_app/demo/sample"):
                yield name, path.read_text()


@pytest.mark.parametrize("name", ["admin", "root", "loom", "user", "administrator"])
async def test_there_is_no_password_from_the_start(app: FastAPI, name: str) -> None:
    async with browser(app) as http:
        assert (await http.get("/api/v1/auth/setup")).json() == {"needed": True}
        for password in ("admin", "loom", "password", "", name, "changeme"):
            answer = await http.post("/api/v1/auth/login", json={"username": name, "password": password})
            assert answer.status_code in (401, 429)


def test_authentication_is_on_unless_somebody_turns_it_off() -> None:
    assert Settings().auth.enabled is True
    shipped = (ROOT / "config.yaml").read_text()
    assert not re.search(r"^\s*enabled:\s*false", shipped, re.MULTILINE)
    assert not re.search(r"^\s*(admin_password|secret_key):", shipped, re.MULTILINE)


async def test_a_key_is_found_in_one_indexed_read(app: FastAPI, seeded: World) -> None:
    text = seeded.headers["key"]["X-API-Key"]
    await api_keys.actor_of_key(app.state.keys, text)  # the first use of a minute is written down
    seen: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "api_keys" in statement:
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    try:
        await api_keys.actor_of_key(app.state.keys, text)
    finally:
        event.remove(Engine, "before_cursor_execute", look)
    assert len(seen) == 1
    assert re.search(r"WHERE api_keys\.id = ", seen[0])


def test_no_shell_is_asked_outside_the_sandbox() -> None:
    asked = re.compile(r"shell\s*=\s*True|create_subprocess_shell|[\"'](ba)?sh[\"']")
    found = {name for name, text in sources(".py") if "subprocess" in text and asked.search(text)}
    assert found <= SHELL, found - SHELL


def test_nothing_is_evaluated() -> None:
    asked = re.compile(
        r"(?<![\w.])(eval|exec|__import__)\(|pickle\.|marshal\.|yaml\.(unsafe_)?load\((?!source, Loader=_Plain)"
    )
    assert [name for name, text in sources(".py") if asked.search(text)] == []


def test_no_markup_is_put_into_pages_as_it_is() -> None:
    asked = re.compile(
        r"dangerouslySetInnerHTML|\.innerHTML|outerHTML|insertAdjacentHTML|document\.write|rx\.html\(|\beval\("
        r"|new Function"
    )
    assert [name for name, text in sources(".py", ".jsx", ".js") if asked.search(text)] == []
