import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from loom_app.beadfiles.interchange import ImportRefused, ImportReport, export_text, import_file, import_text
from loom_app.beadfiles.jsonl import decode, parse
from loom_app.beads import service
from loom_app.beads.models import Bead, OtherLine
from loom_app.beads.schemas import BeadChange
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound
from tests.beadfiles.test_jsonl import ODDITIES, lines
from tests.beads.making import PERSON, bead, events, fetched, project

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


def line(bead_id: str, *waits_for: str, updated_at: str = OLD, kind: str = "blocks", **more: Any) -> str:
    dependencies = [{"issue_id": bead_id, "depends_on_id": other, "type": kind} for other in waits_for]
    return json.dumps(
        {"id": bead_id, "title": f"title of {bead_id}", "status": "open", "created_at": OLD, "updated_at": updated_at}
        | {"dependencies": dependencies} | more
    )  # fmt: skip


async def take(db: Database, *texts: str, skip_invalid: bool = False, project_id: str = "p") -> ImportReport:
    async with db.write() as tx:
        return await import_text(tx, project_id, "\n".join(texts), actor=PERSON, skip_invalid=skip_invalid)


def raw_lines(text: str) -> list[str]:
    """Lines as a file has them; JSON may hold other characters that Python takes for the end of a line."""
    return [raw for raw in text.split("\n") if raw]


async def give(db: Database, project_id: str = "p") -> str:
    async with db.read() as tx:
        return await export_text(tx, project_id, actor=SYSTEM)


async def test_a_file_of_oddities_comes_back_line_for_line(db: Database) -> None:
    text = decode(ODDITIES.read_bytes())
    report = await take(db, text)
    assert (report.created, report.skipped) == (11, 0)
    assert report.notes == [
        "odd-6 depends on odd-nowhere, which does not exist; it blocks nobody",
    ]  # fmt: skip
    came = {json.loads(raw).get("id", raw): json.loads(raw) for raw in raw_lines(text)}
    went = {json.loads(raw).get("id", raw): json.loads(raw) for raw in raw_lines(await give(db))}
    bare = went["odd-9"]
    assert {key: bare.pop(key) for key in ("created_at", "updated_at")}.keys() == {"created_at", "updated_at"}
    assert went == came
    assert await give(db) == await give(db)
    again = await take(db, await give(db))
    assert (again.created, again.updated, again.unchanged, again.stale) == (0, 0, 11, [])
    assert [note for note in again.notes if "differs" in note] == []


async def test_the_export_is_in_order_of_id_with_other_lines_around(db: Database) -> None:
    await take(db, '{"_type":"memory","key":"z","value":1}', line("b-2"), line("B-1"), '{"_schema":"x"}', line("a-10"))
    await take(db, '{"_type":"memory","key":"z","value":2}')
    ids = [json.loads(raw).get("id") for raw in raw_lines(await give(db))]
    assert ids == [None, "B-1", "a-10", "b-2", None]
    assert '"value":2' in raw_lines(await give(db))[-1]


async def test_beads_made_here_come_back_as_they_were(db: Database) -> None:
    await project(db, "q")
    async with db.write() as tx:
        first = await bead(
            tx, "first <b>", priority=0, context={"k": "v"}, tags=["x"], estimated_time=5, due_date=now()
        )
        await bead(tx, "second", blocked_by=[first], acceptance_criteria="a", design="d", notes="n", due_date=now())
    text = await give(db)
    async with db.write() as tx:
        await tx.execute(delete(Bead))
    report = await take(db, text)
    assert report.created == 2
    assert await give(db) == text
    assert (await fetched(db, first)).context == {"k": "v"}


async def test_the_newer_version_wins(db: Database) -> None:
    await take(db, line("a-1"), line("a-2"), line("a-3"))
    report = await take(
        db,
        line("a-1", title="newer", updated_at=NEW),
        line("a-2", title="same age"),
        line("a-3", title="older", updated_at="2025-01-01T00:00:00Z"),
    )
    assert (report.updated, report.unchanged, report.stale) == (1, 1, ["a-3"])
    assert report.notes == [
        "line 2: a-2 has another title than in Loom although both were last changed at the same time; Loom's was kept"
    ]
    titles = [(await fetched(db, bead_id)).title for bead_id in ("a-1", "a-2", "a-3")]
    assert titles == ["newer", "title of a-2", "title of a-3"]


async def test_a_change_made_here_is_newer_than_the_file_it_came_from(db: Database) -> None:
    ahead = "2999-01-01T00:00:00Z"
    await take(db, line("a-1", updated_at=ahead, spec_id="s"))
    async with db.write() as tx:
        await service.update(tx, "a-1", BeadChange(priority=3), actor=PERSON)
    assert (await take(db, line("a-1", updated_at=ahead))).stale == ["a-1"]
    written = json.loads(await give(db))
    assert (written["priority"], written["spec_id"], written["updated_at"]) == (3, "s", "2999-01-01T00:00:00.000001Z")


async def test_a_foreign_status_is_kept_until_the_bead_is_moved_here(db: Database) -> None:
    await take(db, line("a-1", status="deferred"))
    assert json.loads(await give(db))["status"] == "deferred"
    async with db.write() as tx:
        assert not await service.is_ready(tx, "a-1", now())
        await service.update(tx, "a-1", BeadChange(status="open"), actor=PERSON)
        assert await service.is_ready(tx, "a-1", now())
    assert json.loads(await give(db))["status"] == "open"
    [(_, _, data)] = await events(db, "bead.status_change")
    assert (data["from"], data["to"]) == ("deferred", "open")


async def test_one_bad_line_and_nothing_is_taken(db: Database) -> None:
    with pytest.raises(ImportRefused, match="2 of 4 lines cannot be imported and nothing was changed"):
        await take(db, line("a-1"), "oops", line("a-2"), '{"id":"a-3"}')
    assert await give(db) == ""
    assert await events(db) == []
    report = await take(db, line("a-1"), "oops", line("a-2"), '{"id":"a-3"}', skip_invalid=True)
    assert (report.created, report.skipped, [problem.line for problem in report.problems]) == (2, 2, [2, 4])
    assert [e[0] for e in await events(db)] == ["bead.imported"]


async def test_only_the_first_fifty_bad_lines_are_told(db: Database) -> None:
    with pytest.raises(ImportRefused) as refusal:
        await take(db, *["oops"] * 60)
    assert len(refusal.value.extra["problems"]) == 50
    assert refusal.value.extra["problem_count"] == 60


async def test_a_cycle_in_the_file_is_refused_and_named(db: Database) -> None:
    texts = [line("a-1", "a-2"), line("a-2", "a-3"), line("a-3", "a-1"), line("a-4", "a-1")]
    with pytest.raises(ImportRefused, match="cycle of dependencies: a-1 → a-2 → a-3 → a-1"):
        await take(db, *texts)
    report = await take(db, *texts, skip_invalid=True)
    assert (report.created, [problem.line for problem in report.problems]) == (1, [1, 2, 3])
    with pytest.raises(ImportRefused, match="a-5 → a-5"):
        await take(db, line("a-5", "a-5"))
    with pytest.raises(ImportRefused, match="a-6 → a-7 → a-6"):
        await take(db, line("a-6", "a-7", kind="parent-child"), line("a-7", "a-6", kind="parent-child"))


async def test_a_cycle_with_what_is_there_already_is_refused(db: Database) -> None:
    await take(db, line("a-1"), line("a-2", "a-1"))
    with pytest.raises(ImportRefused, match="a-1 → a-2 → a-1"):
        await take(db, line("a-1", "a-2", updated_at=NEW))
    report = await take(db, line("a-1", "a-2", updated_at=NEW), line("a-2", updated_at=NEW))
    assert report.updated == 2


async def test_beads_that_wait_for_their_own_family_are_told(db: Database) -> None:
    report = await take(db, line("a-1", "a-2"), line("a-2", "a-1", kind="parent-child"))
    assert report.created == 2
    assert "these beads wait for each other and can never start: a-1 → a-2 → a-1" in report.notes


async def test_a_bead_of_another_project_is_not_taken_over(db: Database) -> None:
    await project(db, "q")
    await take(db, line("a-1"))
    with pytest.raises(ImportRefused, match=r"Line 1 \(a-1\) is a bead of project p already"):
        await take(db, line("a-1", updated_at=NEW), project_id="q")


async def test_an_unknown_project_is_named_with_those_there_are(db: Database) -> None:
    with pytest.raises(NotFound, match=r"no project 'nope'. Projects: p"):
        await take(db, line("a-1"), project_id="nope")
    with pytest.raises(NotFound, match="no project 'nope'"):
        await give(db, "nope")


async def test_a_dry_run_tells_and_changes_nothing(db: Database) -> None:
    async with db.write() as tx:
        report = await import_file(tx, "p", parse(line("a-1")), actor=PERSON, dry_run=True)
    assert (report.created, report.as_json()["dry_run"]) == (1, True)
    assert await give(db) == ""


async def test_numbers_keep_their_digits_whatever_the_database_makes_of_them(db: Database) -> None:
    text = line("a-1", metadata={"n": 0}).replace(
        '{"n": 0}', '{"a":7.128518668535495e+16,"b":1.50,"c":[-0.0,1e-7],"d":9}'
    )
    await take(db, text)
    assert '"metadata":{"a":7.128518668535495e+16,"b":1.50,"c":[-0.0,1e-7],"d":9}' in await give(db)


async def test_an_update_keeps_what_only_loom_knows(db: Database) -> None:
    await take(db, line("a-1"))
    async with db.write() as tx:
        (await service.get(tx, "a-1")).hops = 4
    await take(db, line("a-1", updated_at=NEW, assignee="bo", labels=["x"]))
    found = await fetched(db, "a-1")
    assert (found.hops, found.assigned_to, found.tags) == (4, "bo", ["x"])


async def test_dependencies_become_what_the_newer_line_says(db: Database) -> None:
    await take(db, line("a-1"), line("a-2", "a-1"))
    async with db.write() as tx:
        assert not await service.is_ready(tx, "a-2", now())
    await take(db, line("a-2", updated_at=NEW))
    async with db.write() as tx:
        assert await service.is_ready(tx, "a-2", now())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(files=st.lists(lines, max_size=4, unique_by=lambda drawn: drawn["id"]))
async def test_any_file_comes_back_as_it_was(db: Database, files: list[dict[str, Any]]) -> None:
    async with db.write() as tx:
        await tx.execute(delete(Bead))
        await tx.execute(delete(OtherLine))
    report = await take(db, *(json.dumps(drawn) for drawn in files), skip_invalid=True)
    text = await give(db)
    bad = {problem.bead_id for problem in report.problems}
    written = [json.loads(raw) for raw in raw_lines(text)]
    expected = sorted((drawn for drawn in files if drawn["id"] not in bad), key=lambda drawn: str(drawn["id"]))
    assert len(written) == len(expected)
    for went, came in zip(written, expected, strict=True):
        filled = {key: went[key] for key in ("created_at", "updated_at") if key not in came}
        assert went == came | filled
    again = await take(db, text)
    assert (again.created, again.updated, again.stale) == (0, 0, [])
    assert await give(db) == text
