"""The audit log over REST and on the command line: for administrators, whole, in files that do no harm."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.auth.permissions import Role
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from tests.support import people

PATHS = ("/api/v1/audit", "/api/v1/audit/export", "/api/v1/audit/verify")
TRICKY = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1")


async def _happen(db: Database, type_: str = "bead.created", name: str = "Ada", subject: str = "b-1") -> None:
    async with db.write() as tx:
        append(tx, type_, actor=Actor("user", "user-1", name, frozenset()), project_id="kitchen", subject_id=subject)


@pytest.mark.parametrize("path", PATHS)
async def test_it_is_for_administrators(app: FastAPI, anonymous: AsyncClient, path: str) -> None:
    assert (await anonymous.get(path)).status_code == 401
    async with people.signed_in(app, Role.USER) as user:
        assert (await user.get(path)).status_code == 403


async def test_entries_are_listed_filtered_and_paged(client: AsyncClient, db: Database) -> None:
    for number in range(3):
        await _happen(db, subject=f"b-{number}")
    listed = (await client.get("/api/v1/audit", params={"actor_id": "user-1", "limit": 2})).json()
    assert (listed["count"], [entry["subject_id"] for entry in listed["entries"]]) == (2, ["b-2", "b-1"])
    assert listed["entries"][0]["actor"] == {"kind": "user", "id": "user-1", "name": "Ada"}
    more = {"type": "bead.created, x.y", "before": listed["entries"][-1]["seq"], "project_id": "kitchen"}
    older = (await client.get("/api/v1/audit", params=more)).json()
    assert [entry["subject_id"] for entry in older["entries"]] == ["b-0"]
    since = older["entries"][0]["timestamp"]
    assert (await client.get("/api/v1/audit", params={"subject_id": "b-0", "since": since})).json()["count"] == 1
    assert (await client.get("/api/v1/audit", params={"subject_id": "b-0", "until": since})).json()["count"] == 0
    assert (await client.get("/api/v1/audit", params={"since": "2026-01-01"})).status_code == 422


async def test_a_request_is_named_in_what_it_changed(client: AsyncClient) -> None:
    await client.post("/api/v1/projects", json={"name": "Kitchen"}, headers={"X-Request-Id": "mine-1"})
    (entry,) = (await client.get("/api/v1/audit", params={"type": "project.created"})).json()["entries"]
    assert (entry["request_id"], entry["address"], entry["actor"]["name"]) == ("mine-1", "127.0.0.1", "admin")


async def test_the_export_is_whole_and_no_cell_is_a_formula(client: AsyncClient, db: Database) -> None:
    for name in TRICKY:
        await _happen(db, name=name)
    lines = (await client.get("/api/v1/audit/export")).text.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert json.loads(lines[-1])["type"] == "audit.exported"
    answer = await client.get("/api/v1/audit/export", params={"format": "csv", "actor_id": "user-1"})
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["actor_name"] for row in rows] == [f"'{name}" for name in TRICKY]
    assert answer.headers["content-disposition"] == 'attachment; filename="loom-audit.csv"'


async def test_the_check_tells_the_head_and_knows_it_again(client: AsyncClient) -> None:
    head = (await client.get("/api/v1/audit/verify")).json()["head"]
    kept = {"expect": f"{head['seq']}:{head['hash']}"}
    assert (await client.get("/api/v1/audit/verify", params=kept)).json()["ok"]
    foreign = {"expect": f"{head['seq']}:{'0' * 64}"}
    assert (await client.get("/api/v1/audit/verify", params=foreign)).json()["fault"]["kind"] == "rewritten"
    assert (await client.get("/api/v1/audit/verify", params={"expect": "x"})).status_code == 422


async def test_failed_sign_ins_are_told_once_a_minute_per_name(client: AsyncClient, anonymous: AsyncClient) -> None:
    for name in ("admin", "Admin", "nobody\x00\ud800" * 20, "nobody"):
        body = json.dumps({"username": name, "password": "not the password"})
        await anonymous.post("/api/v1/auth/login", content=body, headers={"Content-Type": "application/json"})
    found = (await client.get("/api/v1/audit", params={"type": "user.sign_in_refused"})).json()["entries"]
    names = [entry["data"]["username"] for entry in found]
    assert names.count("admin") == 1
    assert "nobody" in names
    assert all(len(name) <= 64 and name.isprintable() for name in names)
    assert {entry["address"] for entry in found} == {"127.0.0.1"}


async def test_refused_writes_are_told_once_and_refused_reads_are_not(app: FastAPI, client: AsyncClient) -> None:
    async with people.signed_in(app, Role.VIEWER) as viewer:
        for _ in range(3):
            assert (await viewer.post("/api/v1/projects", json={"name": "x"})).status_code == 403
        assert (await viewer.get("/api/v1/audit")).status_code == 403
    found = (await client.get("/api/v1/audit", params={"type": "user.permission_refused"})).json()["entries"]
    told = {"permission": "projects:write", "where": "POST /api/v1/projects"}
    assert [(entry["actor"]["name"], entry["data"]) for entry in found] == [("viewer", told)]


def _loom(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "LOOM_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "loom_app.cli", *words]
    given = "four plain words here\n"
    return subprocess.run(command, env=environ, input=given, capture_output=True, text=True, check=False)


def test_the_commands_check_show_and_export(tmp_path: Path) -> None:
    import sqlite3

    assert _loom(tmp_path, "user", "create", "ada", "--password-stdin").returncode == 0
    checked = _loom(tmp_path, "audit", "verify")
    assert checked.returncode == 0, checked.stderr
    head = checked.stdout.splitlines()[-1].removeprefix("head ")
    assert _loom(tmp_path, "audit", "verify", "--expect", head).returncode == 0
    assert "user.created\tLoom for cli:" in _loom(tmp_path, "audit", "show").stdout
    assert json.loads(_loom(tmp_path, "audit", "export").stdout.splitlines()[0])["type"] == "user.created"
    with sqlite3.connect(tmp_path / "loom.db") as connection:
        connection.execute("DROP TRIGGER events_no_update")
        connection.execute("UPDATE events SET actor_id = 'eve' WHERE seq = 1")
    connection.close()
    broken = _loom(tmp_path, "audit", "verify")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert broken.stderr.startswith("Entry 1 is not as Loom wrote it")
    assert _loom(tmp_path, "audit", "restart").returncode == 0
    assert _loom(tmp_path, "audit", "verify").returncode == 0
