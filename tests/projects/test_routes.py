"""Projects over REST: what is refused, and in which words."""

from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from tests.support import git_repository as repo

PROJECTS = "/api/v1/projects"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("context", "what"),
    [
        (b'{"a": NaN}', "no JSON number"),
        (b'{"a": 1e999}', "no JSON number"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}", "nested more than 50"),
        (b'{"a": "' + b"x" * 70_000 + b'"}', "longer than 65536"),
    ],
)
async def test_contexts_that_cannot_be_kept_are_refused(client: AsyncClient, context: bytes, what: str) -> None:
    body = b'{"name": "x", "id": "x", "context": ' + context + b"}"
    answer = await client.post(PROJECTS, content=body, headers=JSON)
    assert answer.status_code == (400 if b"NaN" in context else 422)
    assert what in answer.json()["error"]
    assert (await client.get(f"{PROJECTS}/x")).status_code == 404


@pytest.mark.parametrize("place", ["nowhere", "folder"])
@pytest.mark.parametrize("scheme", ["", "file://"])
async def test_a_path_without_a_repository_is_told_at_once(
    client: AsyncClient, tmp_path: Path, place: str, scheme: str
) -> None:
    (tmp_path / "folder").mkdir()
    answer = await client.post(PROJECTS, json={"name": "x", "git_repo": f"{scheme}{tmp_path / place}"})
    assert answer.status_code == 201
    assert f"There is no git repository at {tmp_path / place}" in answer.json()["problem"]


async def test_changing_to_a_path_with_a_repository_settles_the_problem(client: AsyncClient, tmp_path: Path) -> None:
    made: dict[str, Any] = {"name": "x", "id": "x", "git_repo": str(tmp_path / "nowhere")}
    assert (await client.post(PROJECTS, json=made)).json()["problem"]
    good = repo.made(tmp_path / "repo", {"a": "a"})
    answer = await client.put(f"{PROJECTS}/x", json={"git_repo": str(good)})
    assert (answer.status_code, answer.json()["problem"]) == (200, "")
    bare = tmp_path / "bare.git"
    repo.git(tmp_path, "clone", "-q", "--bare", str(good), str(bare))
    assert (await client.put(f"{PROJECTS}/x", json={"git_repo": str(bare)})).json()["problem"] == ""


async def test_an_unknown_project_is_named_with_some_that_exist(client: AsyncClient) -> None:
    for number in range(30):
        assert (await client.post(PROJECTS, json={"name": "x", "id": f"p{number:02}"})).status_code == 201
    answer = await client.get(f"{PROJECTS}/nope")
    assert answer.json()["error"].startswith("There is no project 'nope'. Projects: p00, p01, ")
    assert answer.json()["error"].endswith("p19 and 10 more.")


async def test_what_was_shown_can_be_sent_back_changed(client: AsyncClient) -> None:
    shown = (await client.post(PROJECTS, json={"name": "x", "id": "x"})).json()
    answer = await client.put(f"{PROJECTS}/x", json={**shown, "name": "Other", "last_commit_hash": "made up"})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["last_commit_hash"]) == ("Other", "")
    assert (await client.put(f"{PROJECTS}/x", json={"nmae": "y"})).status_code == 422
