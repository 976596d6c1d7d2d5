"""Bead files over REST: how they stand, what is disagreed about, files in with their progress."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.beadfiles.turns import importing_alone
from loom_app.beads import service
from loom_app.beads.schemas import BeadChange
from loom_app.config import Settings
from loom_app.kernel.database import Database
from tests.beadfiles.team import Person, follow, line, synced, team
from tests.beads.making import PERSON

BASE = "/api/v1/projects/p"
START = f"{line('b-1')}\n{line('b-2')}\n"
LINES = {"Accept": "application/x-ndjson"}


@pytest.fixture
async def person(db: Database, settings: Settings, tmp_path: Path) -> Person:
    """A person whose file the project p follows; both have changed a title and a metadata key differently."""
    found = team(tmp_path, START)
    await follow(db, settings, tmp_path / "origin.git")
    await synced(db)
    async with db.write() as tx:
        await service.update(tx, "b-1", BeadChange(title="ours", context={"k": [1]}), actor=PERSON)
    found.change("b-1", title="theirs", metadata={"k": [2]})
    found.write(found.file.read_text() + "oops\n")
    found.push()
    await synced(db)
    return found


async def test_what_stands_what_clashes_and_what_cannot_be_read(client: AsyncClient, person: Person) -> None:
    told = (await client.get(f"{BASE}/beads/sync")).json()
    assert (told["beads_sync"], told["path"], told["branch"]) == ("push", ".beads/issues.jsonl", "main")
    assert (told["pushed"], told["behind"], told["problem"], told["conflict_count"]) == (True, 0, "", 2)
    assert told["last_read_at"]
    assert told["commit"]
    assert [(one["line"], one["text"]) for one in told["unreadable"]] == [(3, "oops")]
    found = {one["field"]: one for one in told["conflicts"]}
    title = found["title"]
    assert (title["base"], title["ours"], title["theirs"], title["shown"]) == ("title of b-1", "ours", "theirs", "ours")
    assert (found["metadata"]["item"], found["metadata"]["theirs"]) == ("k", [2])


async def test_a_conflict_is_decided_once_by_either_value_or_another(client: AsyncClient, person: Person) -> None:
    listed = await client.get(f"{BASE}/beads/conflicts")
    assert listed.headers["X-Total-Count"] == "2"
    found = {one["field"]: f"{BASE}/beads/conflicts/{one['id']}/resolve" for one in listed.json()}
    wrong = await client.post(found["title"], json={"take": "value", "value": 7})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_value")
    done = await client.post(found["title"], json={"take": "value", "value": "both"})
    assert (done.json()["resolution"], done.json()["resolved_by"], done.json()["title"]) == ("value", "admin", "both")
    again = await client.post(found["title"], json={"take": "ours"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict_resolved")
    assert (await client.post(found["metadata"], json={"take": "theirs"})).status_code == 200
    bead = (await client.get("/api/v1/beads/b-1")).json()
    assert (bead["title"], bead["context"]) == ("both", {"k": [2]})
    history = (await client.get("/api/v1/beads/b-1/history")).json()["entries"]
    assert [entry["field"] for entry in history[:2]] == ["context", "title"]
    assert (await client.get(f"{BASE}/beads/conflicts?resolved=true")).headers["X-Total-Count"] == "2"
    assert (await client.get(f"{BASE}/beads/conflicts")).json() == []


async def test_asking_for_a_look_is_told_to_the_worker_and_refused_where_there_is_none(
    client: AsyncClient, person: Person
) -> None:
    assert (await client.post(f"{BASE}/beads/sync?accept=true")).status_code == 202
    events = (await client.get("/api/v1/events?type=beadfile.sync_asked")).json()
    assert str(events).count("'accept': True") == 1
    await client.put(BASE, json={"beads_sync": "off"})
    refused = await client.post(f"{BASE}/beads/sync")
    assert (refused.status_code, refused.json()["code"]) == (409, "beads_sync_off")


@pytest.mark.parametrize(("repo", "how", "code"), [
    ("https://git.example/a.git", "write", "beads_sync_needs_checkout"), ("", "write", None), ("", "never", "invalid"),
])  # fmt: skip
async def test_what_a_project_may_do_with_its_file(client: AsyncClient, repo: str, how: str, code: str | None) -> None:
    answer = await client.post("/api/v1/projects", json={"name": "x", "git_repo": repo, "beads_sync": how})
    assert (answer.json()["beads_sync"] if code is None else answer.status_code) in (how, 400, 422)
    if code == "beads_sync_needs_checkout":
        assert answer.json()["code"] == code


async def lines_of(client: AsyncClient, text: str, query: str = "") -> list[dict[str, Any]]:
    answer = await client.post(f"{BASE}/beads/import{query}", content=text, headers=LINES)
    assert answer.status_code == 200
    return [json.loads(row) for row in answer.text.splitlines()]


async def test_an_import_tells_how_far_it_is_and_how_it_ended(client: AsyncClient, person: Person) -> None:
    text = "".join(f"{line(f'n-{number}')}\n" for number in range(1200))
    told = await lines_of(client, text)
    assert [one for one in told[:-1] if not 0 < one["done"] <= one["total"] == 1200] == []
    assert len(told) > 2
    assert told[-1]["report"]["created"] == 1200
    refused = await lines_of(client, f"{line('m-1')}\noops\n")
    assert (refused[-1]["problem"]["code"], refused[-1]["problem"]["problems"][0]["line"]) == ("import_refused", 2)
    assert (await client.get("/api/v1/beads/m-1")).status_code == 404


async def test_two_imports_at_once_are_one_and_a_sentence(client: AsyncClient, db: Database, person: Person) -> None:
    async with importing_alone(db, "p"):
        refused = await client.post(f"{BASE}/beads/import", content=line("n-1"))
        assert (refused.status_code, refused.json()["code"]) == (409, "import_running")
        assert (await lines_of(client, line("n-1")))[-1]["problem"]["code"] == "import_running"
    both = await asyncio.gather(
        *(client.post(f"{BASE}/beads/import", content=line(f"n-{number}")) for number in (1, 2))
    )
    assert {answer.status_code for answer in both} <= {200, 409}
    assert 200 in {answer.status_code for answer in both}
