"""Every answer carries the headers that protect browsers, with a policy as narrow as what it is."""

import base64
import hashlib
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from httpx import AsyncClient

from loom_app.api.app import create_api
from loom_app.api.headers import HEADERS
from loom_app.api.policy import NOTHING, built_pages, page_policy
from loom_app.config import Api, Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.support import people

POLICY = "content-security-policy"


def directives(policy: str) -> dict[str, list[str]]:
    """What a policy says, by directive."""
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/beads", "/api/v1/nothing", "/api/docs", "/api/v1/x%00"])
async def test_answers_and_refusals_carry_them(anonymous: AsyncClient, path: str) -> None:
    answer = await anonymous.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["x-request-id"]
    assert "strict-transport-security" not in answer.headers


async def test_data_loads_and_runs_nothing(anonymous: AsyncClient) -> None:
    for path in ("/api/v1/health", "/api/v1/nothing", "/api/openapi.json"):
        assert (await anonymous.get(path)).headers[POLICY] == NOTHING
    assert directives(NOTHING)["default-src"] == ["'none'"]


async def test_the_description_runs_its_own_script_alone(anonymous: AsyncClient) -> None:
    page = await anonymous.get("/api/docs")
    said = directives(page.headers[POLICY])
    assert said["script-src"][0] == "'self'"
    (hashed,) = said["script-src"][1:]
    assert hashed.startswith("'sha256-")


def test_pages_run_only_the_scripts_that_were_built_into_them(tmp_path: Path) -> None:
    script = "const a = '<b>' && \"&amp;\";\n"
    (tmp_path / "a.html").write_text(f"<p>text</p><script>{script}</script><script src='/x.js'></script>")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.html").write_text(
        f"<script type='module'>{script}</script><style>p {{ color: red }}</style>"
    )
    said = directives(page_policy(built_pages(tmp_path)))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert said["script-src"] == ["'self'", f"'sha256-{digest}'"]
    assert said["default-src"] == said["object-src"] == said["base-uri"] == said["frame-ancestors"] == ["'none'"]
    assert said["style-src-attr"] == ["'none'"]
    assert said["connect-src"] == said["form-action"] == ["'self'"]


def test_no_policy_allows_scripts_from_anywhere() -> None:
    for policy in (page_policy(built_pages()), page_policy(()), NOTHING):
        said = directives(policy)
        scripts = said.get("script-src", said["default-src"])
        assert not {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "https:", "data:", "blob:"} & set(
            scripts
        )


async def test_a_page_that_has_not_changed_keeps_the_policy_it_came_with(app: FastAPI, anonymous: AsyncClient) -> None:
    app.router.add_api_route("/page", lambda: HTMLResponse("<p>"))
    app.router.add_api_route("/same", lambda: Response(status_code=304))
    assert "script-src" in (await anonymous.get("/page")).headers[POLICY]
    assert POLICY not in (await anonymous.get("/same")).headers


async def test_who_is_reached_by_https_is_reached_by_nothing_else(
    settings: Settings, db: Database, vault: Vault
) -> None:
    app = create_api(settings.model_copy(update={"api": Api(public_url="https://loom.example")}), db, vault)
    async with people.browser(app) as http:
        assert (await http.get("/api/v1/health")).headers["strict-transport-security"] == "max-age=31536000"
