"""The search over REST, the list of beads in its language, and `loom search`."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from typer.testing import CliRunner

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.search import commands
from tests.search.making import add, bead, comment, project


async def test_beads_and_comments_are_found_over_rest(client: AsyncClient, db: Database) -> None:
    await add(
        db, project("kitchen"), bead("k-1", "Weigh the flour", priority=0), bead("k-2", "Sift it", status="done"),
        comment("c-1", "k-2", "the flour is damp"),
    )  # fmt: skip
    answer = (await client.get("/api/v1/search", params={"q": "flour"})).json()
    assert [(each["kind"], each["bead_id"], each["where"]) for each in answer["results"]] == [
        ("bead", "k-1", "title"),
        ("comment", "k-2", "comments"),
    ]
    assert answer["results"][0]["snippet"] == [{"text": "Weigh the ", "hit": False}, {"text": "flour", "hit": True}]
    assert (answer["total"], answer["did_you_mean"], answer["problems"]) == (2, None, [])
    assert (await _ids(client, "flour"))["ids"] == ["k-2", "k-1"]
    assert (await _ids(client, "status:done"))["total"] == 1
    assert (await client.get("/api/v1/search")).json()["results"] == []
    page = (await client.get("/api/v1/search", params={"q": "flour", "limit": 1, "offset": 1})).json()
    assert [each["source_id"] for each in page["results"]] == ["c-1"]


async def test_the_list_of_beads_takes_the_language(client: AsyncClient, db: Database) -> None:
    await add(db, project("kitchen"), bead("k-1", "Weigh the flour", priority=0), bead("k-2", "Sift the flour"))
    listed = await client.get("/api/v1/beads", params={"q": "flour priority:p2", "limit": 1})
    assert ([each["id"] for each in listed.json()], listed.headers["X-Total-Count"]) == (["k-2"], "1")
    assert (await client.get("/api/v1/beads", params={"q": "is:ready is:blocked flour"})).json() == []
    assert len((await client.get("/api/v1/beads", params={"q": "is:ready", "status": "open"})).json()) == 2
    wrong = await client.get("/api/v1/beads", params={"q": "status:opn"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_query")
    assert wrong.json()["detail"] == "opn is no status here. Did you mean open?"


async def _ids(client: AsyncClient, query: str) -> Any:
    return (await client.get("/api/v1/search/ids", params={"q": query, "project_id": "kitchen"})).json()


def test_the_command_checks_the_index_and_makes_it_anew(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "loom.db"
    file.write_bytes(sqlite_template.read_bytes())
    monkeypatch.setattr(commands, "settings", lambda: Settings(data_dir=tmp_path))
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO search_documents (kind, key, bead_id) VALUES ('bead', 'gone', 'gone')")
    runner = CliRunner()
    told = runner.invoke(commands.commands, ["check"])
    assert (told.exit_code, "1 in the index and gone" in told.output) == (1, True)
    assert "holds 0 texts" in runner.invoke(commands.commands, ["rebuild"]).output
    assert runner.invoke(commands.commands, ["check"]).exit_code == 0
