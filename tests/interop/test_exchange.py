"""Beads go from Loom to the real tool and back, and from the real tool to Loom and back, field by field."""

import json
from datetime import timedelta
from typing import Any

import pytest

from loom_app.kernel.clock import parse_rfc3339, rfc3339
from loom_app.kernel.database import Database
from tests.bdcli.conftest import Bd
from tests.beads.making import project
from tests.interop.real import EVERYTHING, Real

pytestmark = pytest.mark.interop
COUNTS = {"_type", "dependency_count", "dependent_count", "comment_count", "schema_version"}
TIMES = ("created_at", "updated_at", "closed_at", "due_at", "defer_until", "started_at")
LOST: dict[str, dict[str, Any]] = {
    "1": {
        "dependencies": ("metadata", "thread_id"),
        "comments": ("id",),
        "bead": ("bonded_from", "crystallizes", "quality_score", "source_formula", "source_location", "source_repo"),
    },
    "0": {"dependencies": ("metadata", "thread_id"), "comments": ("id",), "bead": ("source_repo",)},
}
"""What a version of the tool does not give back; docs/beads-cli.md tells people."""


def told(text: str, lost: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The beads of a file by id, without what is counted or cannot be kept, and with times to the second."""
    found = {}
    for line in map(json.loads, filter(None, text.split("\n"))):
        if line.get("_type", "issue") == "issue" and line.get("status") != "tombstone" and "id" in line:
            found[line["id"]] = _plain(line, lost)
    return found


def _plain(line: dict[str, Any], lost: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in line.items() if key not in (*COUNTS, *lost["bead"]) and value not in ([], "")}
    for key in TIMES:
        if key in kept:
            kept[key] = seconds(kept[key])
    kept["labels"] = sorted(kept.get("labels", []))
    for name in ("dependencies", "comments"):
        entries = [{k: v for k, v in one.items() if k not in lost[name] and v} for one in kept.get(name, [])]
        kept[name] = sorted(({**one, "created_at": seconds(one["created_at"])} for one in entries), key=json.dumps)
    return kept


def seconds(text: str) -> str:
    """A time to the second, as the tool rounds it."""
    return rfc3339((parse_rfc3339(text) + timedelta(milliseconds=500)).replace(microsecond=0))


def lost_by(real: Real) -> dict[str, Any]:
    """What this version cannot keep."""
    return LOST[real.version.number[0]]


async def test_loom_to_the_tool_and_back(bd: Bd, db: Database, real: Real) -> None:
    await project(db)
    for words in EVERYTHING:
        assert (await bd(*words)).code == 0, words
    ours = (await bd("export")).out
    real.take(ours)
    theirs = real.give()
    assert undated(theirs, real) == undated(ours, real)
    report = await bd.json("import", "-", given=theirs.encode())
    assert report["created"] == 0
    assert set(report["stale_skipped_ids"]) <= redated(theirs, ours, real)
    assert undated((await bd("export")).out, real) == undated(ours, real)


def undated(text: str, real: Real) -> dict[str, dict[str, Any]]:
    """As `told`, without when a bead was last changed: importing what is blocked counts as a change there."""
    found = told(text, lost_by(real))
    return {
        bead_id: {key: value for key, value in one.items() if key != "updated_at"} for bead_id, one in found.items()
    }


def redated(theirs: str, ours: str, real: Real) -> set[str]:
    """The beads the tool itself gave another time of change; cut to the second it may lie before Loom's own."""
    there, here = told(theirs, lost_by(real)), told(ours, lost_by(real))
    return {bead_id for bead_id, one in there.items() if one["updated_at"] != here[bead_id]["updated_at"]}


async def test_the_tool_to_loom_and_back_and_there_again(bd: Bd, db: Database, full: Real) -> None:
    await project(db)
    theirs = full.give()
    report = await bd.json("import", "-", given=theirs.encode())
    assert (report["created"], report["skipped"]) == (len(told(theirs, lost_by(full))), 0)
    ours = (await bd("export")).out
    nothing: dict[str, Any] = {"bead": (), "dependencies": (), "comments": ()}
    assert told(ours, nothing) == told(theirs, nothing)
    full.take(ours)
    assert told(full.give(), nothing) == told(theirs, nothing)


async def test_what_either_side_adds_reaches_the_other_and_nothing_comes_twice(
    bd: Bd, db: Database, full: Real
) -> None:
    await project(db)
    await bd.json("import", "-", given=full.give().encode())
    for words in _additions("there"):
        full.run(*words)
    for words in _additions("here"):
        assert (await bd(*words)).code == 0
    full.run("dep", "add", "t-there", "t-done")
    for _ in range(2):
        await bd.json("import", "-", given=full.give().encode())
        full.take((await bd("export")).out)
    ours, theirs = told((await bd("export")).out, lost_by(full)), told(full.give(), lost_by(full))
    assert [said["text"] for said in ours["t-all"]["comments"]].count("said there") == 1
    assert len(ours["t-all"]["comments"]) == len(theirs["t-all"]["comments"]) == 4
    assert ours["t-epic"]["labels"] == theirs["t-epic"]["labels"] == ["here", "there"]
    assert {"t-here", "t-there"} <= ours.keys() & theirs.keys()


def _additions(who: str) -> list[tuple[str, ...]]:
    """A comment, a label and a bead, none of which changes when a bead was last changed there."""
    return [
        ("comments", "add", "t-all", f"said {who}"),
        ("label", "add", "t-epic", who),
        ("create", f"Made {who}", "--id", f"t-{who}"),
    ]


async def test_what_is_deleted_or_of_a_strange_status_is_told_as_the_tool_understands_it(
    bd: Bd, db: Database, real: Real
) -> None:
    await project(db)
    for name in ("a", "b"):
        await bd.json("create", name, "--id", f"t-{name}")
    await bd.json("delete", "t-a", "--force")
    line = {"id": "t-c", "title": "c", "status": "in_review", "issue_type": "convoy", "priority": 1}
    await bd.json("import", "-", given=json.dumps(line).encode())
    exported = await bd("export")
    assert "bd config set status.custom in_review" in exported.errors
    assert "bd config set types.custom convoy" in exported.errors
    real.run("config", "set", "status.custom", "in_review")
    real.run("config", "set", "types.custom", "convoy")
    real.take(exported.out)
    found = told(real.give(), lost_by(real))
    assert found.keys() == {"t-b", "t-c"}
    assert (found["t-c"]["status"], found["t-c"]["issue_type"]) == ("in_review", "convoy")
