"""Files that the beads tool wrote of the very versions Loom has: it dates no label, no dependency and no comment."""

import json
from datetime import timedelta
from typing import Any

import pytest

from loom_app.beads.comments import add, of_bead
from loom_app.kernel.clock import now, parse_rfc3339, rfc3339
from loom_app.kernel.database import Database
from tests.beadfiles.test_interchange import give, raw_lines, take
from tests.beads.making import PERSON, bead, fetched, project


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def made(db: Database) -> tuple[str, str]:
    """Two beads, the first with a label, a dependency and a comment."""
    async with db.write() as tx:
        other = await bead(tx, "other")
        first = await bead(tx, "first", tags=["here"], blocked_by=[other])
        await add(tx, first, "said here", actor=PERSON)
    return first, other


async def line_of(db: Database, bead_id: str, **changes: Any) -> str:
    """The exported line of a bead as version 1 of the tool gives it back, with `changes`."""
    found = next(one for one in map(json.loads, raw_lines(await give(db))) if one["id"] == bead_id)
    for name in ("created_at", "updated_at"):
        found[name] = rounded(found[name])
    for number, said in enumerate(found.get("comments", [])):
        said |= {"id": f"018f-{number}", "created_at": rounded(said["created_at"])}
    counts = {"_type": "issue", "dependency_count": 1, "dependent_count": 0, "comment_count": 1}
    return json.dumps(found | counts | changes)


def rounded(text: str) -> str:
    """A time to the second."""
    return rfc3339((parse_rfc3339(text) + timedelta(milliseconds=500)).replace(microsecond=0))


async def test_what_comes_back_unchanged_changes_nothing(db: Database) -> None:
    first, other = await made(db)
    before = await give(db)
    report = await take(db, await line_of(db, first), await line_of(db, other, comment_count=0))
    assert (report.created, report.updated, report.unchanged, report.stale, report.notes) == (0, 0, 2, [], [])
    assert await give(db) == before


async def test_what_was_added_there_is_taken_and_nothing_comes_twice(db: Database) -> None:
    first, _ = await made(db)
    there = json.loads(await line_of(db, first))
    there["labels"] = ["there"]
    there["dependencies"].append({"issue_id": first, "depends_on_id": "external:x:y", "type": "blocks"})
    at = rounded(rfc3339(now()))
    there["comments"].append({"id": "018f-9", "author": "bo", "text": "said there", "created_at": at})
    for expected in (1, 0):
        report = await take(db, json.dumps(there))
        assert (report.updated, report.unchanged + len(report.stale), report.notes) == (expected, 1 - expected, [])
        async with db.read() as tx:
            assert {said.content for said in await of_bead(tx, first)} == {"said here", "said there"}
            assert len(await of_bead(tx, first)) == 2
        assert (await fetched(db, first)).tags == ["here", "there"]
    after = json.loads(await line_of(db, first))
    assert len(after["dependencies"]) == 2
    assert len(after["comments"]) == 2


async def test_a_comment_is_known_by_its_number_or_the_name_it_was_given_for_it(db: Database) -> None:
    said = {"id": 7, "author": "ann", "text": "old", "created_at": "2026-01-01T00:00:00.4Z"}
    line = {"id": "a-1", "title": "t", "updated_at": "2026-01-01T00:00:00Z", "comments": [said]}
    await take(db, json.dumps(line))
    renamed = {**said, "id": "7", "text": "edited", "created_at": "2026-01-01T00:00:00Z"}
    await take(db, json.dumps(line | {"comments": [renamed], "updated_at": "2026-02-01T00:00:00Z"}))
    async with db.read() as tx:
        assert [(one.content, one.edited) for one in await of_bead(tx, "a-1")] == [("edited", True)]


async def test_other_fields_of_the_same_moment_are_told_and_left(db: Database) -> None:
    first, _ = await made(db)
    report = await take(db, await line_of(db, first, title="other", priority=0, labels=["more"]))
    assert (report.updated, (await fetched(db, first)).title) == (1, "first")
    assert report.notes == [
        f"line 1: {first} has another title, priority than in Loom although both were last changed at the same time; "
        "Loom's was kept"
    ]
