"""beads-mcp, what agents use the beads tool by, does its work on Loom's database through `bin/bd`."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from loom_app.config import Settings
from loom_app.kernel.database import Database
from scripts.interop import ROOT, TOOLS
from tests.bdcli.conftest import Bd
from tests.beads.making import events, fetched, project

WHOLE = {"brief": False}
CLIENT = TOOLS / "beads-mcp" / "bin" / "python"
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not CLIENT.exists(), reason="`make interop-tools` installs beads-mcp, which is missing"),
]


@pytest.fixture
def workplace(db: Database, settings: Settings, tmp_path: Path) -> dict[str, str]:
    """The environment of an agent whose `bd` is Loom's, in a repository of its own."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LOOM_", "BD_", "BEADS_"))}
    return inherited | {
        "LOOM_DATABASE__URL": db.url.render_as_string(hide_password=False),
        "LOOM_DATA_DIR": str(settings.data_dir), "LOOM_PROJECT": "p", "PYTHONPATH": str(ROOT),
        "BEADS_PATH": str(ROOT / "bin" / "bd"), "BEADS_ACTOR": "agent-7", "BEADS_WORKING_DIR": str(tmp_path),
    }  # fmt: skip


async def call(environ: dict[str, str], *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """What each tool answered, or {"error"} with why it did not."""
    process = await asyncio.create_subprocess_exec(
        str(CLIENT), str(ROOT / "tests" / "interop" / "mcp_calls.py"), env=environ, cwd=environ["BEADS_WORKING_DIR"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate(json.dumps(calls).encode())
    assert process.returncode == 0, errors.decode()[-2000:]
    return [one.get("answer", one) for one in json.loads(out)]


@pytest.mark.timeout(240)  # every tool starts a program or two, as it does for the real one
async def test_an_agent_works_through_its_tools(bd: Bd, db: Database, workplace: dict[str, str]) -> None:
    await project(db)
    await bd.json("create", "First", "--id", "t-1", "-p", "1")
    (made, dep, blocked, ready, claimed, updated, said, comments, noted, shown, refused, closed, reopened, listed,
     stats) = (
        await call(
            workplace,
            ("create", {"title": "Second", "description": "- d", "id": "t-2", "priority": 0, "labels": ["x"]} | WHOLE),
            ("dep", {"issue_id": "t-2", "depends_on_id": "t-1"}),
            ("blocked", {"brief": False}),
            ("ready", {"limit": 5, "brief": False}),
            ("claim", {"issue_id": "t-1"}),
            ("update", {"issue_id": "t-1", "title": "Renamed", "priority": 3, "brief": False}),
            ("comment", {"issue_id": "t-1", "text": "at it"}),
            ("comments", {"issue_id": "t-1"}),
            ("note", {"issue_id": "t-1", "text": "noted"}),
            ("show", {"issue_id": "t-2", "brief": False}),
            ("dep", {"issue_id": "t-1", "depends_on_id": "t-2"}),
            ("close", {"issue_id": "t-1", "reason": "done", "brief": False}),
            ("reopen", {"issue_ids": ["t-1"], "reason": "not quite"}),
            ("list", {"status": "open", "brief": False}),
            ("stats", {}),
        )
    )  # fmt: skip
    assert "error" not in made, made
    assert (made["id"], made["description"], made["priority"], made["labels"]) == ("t-2", "- d", 0, ["x"])
    assert "error" not in str(dep).lower()
    assert [(one["id"], one["blocked_by"]) for one in blocked] == [("t-2", ["t-1"])]
    assert [one["id"] for one in ready] == ["t-1"]
    assert (claimed["id"], claimed["action"]) == ("t-1", "claimed")
    assert (updated["title"], updated["priority"], updated["assignee"]) == ("Renamed", 3, "agent-7")
    assert (updated["status"], "t-1" in str(said), "t-1" in str(noted)) == ("in_progress", True, True)
    assert [(one["author"], one["text"]) for one in comments] == [("agent-7", "at it")]
    assert [(one["id"], one["dependency_type"]) for one in shown["dependencies"]] == [("t-1", "blocks")]
    assert "cycle" in str(refused)
    assert [(one["status"], one["id"]) for one in closed] == [("closed", "t-1")]
    assert [one["id"] for one in reopened] == ["t-1"]
    assert {one["id"] for one in listed} == {"t-1", "t-2"}
    assert stats["summary"]["total_issues"] == 2
    stored = await fetched(db, "t-1")
    assert (stored.title, stored.priority, stored.notes, stored.status) == ("Renamed", 3, "noted", "open")
    assert [who for _, _, who in await events(db, "bead.completed")] != []
