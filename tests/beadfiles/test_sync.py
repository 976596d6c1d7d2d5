"""Loom and people on the same bead file, with real git between them."""

import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import select

from loom_app.beadfiles import conflicts
from loom_app.beadfiles.filing import BeadFilePlace
from loom_app.beadfiles.models import BeadConflict, BeadFile
from loom_app.beadfiles.resolving import resolve
from loom_app.beadfiles.syncing import NotSettled, sync
from loom_app.beads import comments, service
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.schemas import BeadChange
from loom_app.config import Settings
from loom_app.git.worktree import Author, Worktree
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync
from tests.beadfiles.team import FILE, T1, T2, Person, follow, line, synced, team
from tests.beads.making import PERSON, bead
from tests.support import git_repository as repo

START = f"{line('b-1', x_own=[1.50])}\n{line('b-2')}\n{line('b-5')}\n"
FIRST = line("b-1", x_own=[1.50])


@pytest.fixture
async def person(db: Database, settings: Settings, tmp_path: Path) -> Person:
    """A person whose repository a project of Loom follows."""
    found = team(tmp_path, START)
    await follow(db, settings, tmp_path / "origin.git")
    await synced(db)
    return found


async def change(db: Database, bead_id: str, **fields: object) -> None:
    async with db.write() as tx:
        await service.update(tx, bead_id, BeadChange.model_validate(fields), actor=PERSON)


async def got(db: Database, bead_id: str) -> Bead:
    async with db.read() as tx:
        return await service.exists(tx, bead_id, PERSON)


def origin(tmp_path: Path) -> str:
    return repo.shown(tmp_path / "origin.git", FILE)


async def test_the_file_is_taken_in_and_nothing_is_written_for_it(db: Database, person: Person, tmp_path: Path) -> None:
    assert (await got(db, "b-2")).title == "title of b-2"
    assert origin(tmp_path) == START
    assert repo.subjects(tmp_path / "origin.git") == ["The recipe so far"]
    again = await synced(db)
    assert (again.created, again.updated, again.written) == (0, 0, [])


async def test_a_change_here_becomes_one_line_of_one_commit_that_says_what(
    db: Database, person: Person, tmp_path: Path
) -> None:
    async with db.write() as tx:
        await service.set_status(tx, "b-2", BeadStatus.DONE, actor=PERSON, reason="all good")
        await comments.add(tx, "b-5", "look", actor=PERSON)
        new = await bead(tx, "new here")
    done = await synced(db, fetch=False)
    assert done.written == sorted(["b-2", "b-5", new])
    rows = origin(tmp_path).split("\n")
    assert rows[0] == FIRST
    told = person.pull().lines()
    assert (told["b-2"]["status"], told["b-2"]["close_reason"]) == ("closed", "all good")
    assert told["b-5"]["comments"][0]["text"] == "look"
    assert told[new]["title"] == "new here"
    assert [json.loads(row)["id"] for row in rows if row] == sorted(told)
    subject, _, rest = repo.git(person.folder, "log", "-1", "--format=%s%n%b%n%an").partition("\n")
    assert subject.startswith("Beads: ")
    assert "close b-2" in subject + rest
    assert rest.strip().endswith("Loom")
    before = repo.subjects(tmp_path / "origin.git")
    assert (await synced(db)).written == []
    assert repo.subjects(tmp_path / "origin.git") == before


async def test_people_and_loom_change_the_same_bead_at_the_same_time(
    db: Database, person: Person, tmp_path: Path
) -> None:
    await change(db, "b-1", notes="ours", priority=1)
    person.change("b-1", design="theirs", x_new={"deep": [1]}, priority=0)
    person.push()
    done = await synced(db, fetch=False)
    assert done.conflicts == 1
    told = person.pull().lines()["b-1"]
    assert (told["notes"], told["design"], told["x_own"], told["x_new"]) == ("ours", "theirs", [1.5], {"deep": [1]})
    async with db.read() as tx:
        [(found, title)] = await conflicts.listed(tx, "p")
    assert (found.field, found.base, found.ours, found.theirs, title) == ("priority", "2", "1", "0", "title of b-1")
    assert told["priority"] == (await got(db, "b-1")).priority == 1
    async with db.write() as tx:
        await resolve(tx, "p", found.id, "theirs", actor=PERSON)
    assert (await got(db, "b-1")).priority == 0
    await synced(db)
    assert person.pull().lines()["b-1"]["priority"] == 0
    async with db.write() as tx:
        with pytest.raises(Conflict, match="decided this"):
            await resolve(tx, "p", found.id, "ours", actor=PERSON)


async def test_any_field_can_be_decided_by_another_value(db: Database, person: Person) -> None:
    await change(db, "b-1", context={"k": 1})
    person.change("b-1", metadata={"k": 2, "l": 3}, at=T1)
    person.push()
    await synced(db)
    async with db.write() as tx:
        [(found, _)] = await conflicts.listed(tx, "p")
        found.field = "(line)"
        with pytest.raises(Invalid, match="either kept"):
            await resolve(tx, "p", found.id, "value", 1, actor=PERSON)
        found.field = "metadata"
        await resolve(tx, "p", found.id, "value", {"deep": True}, actor=PERSON)
    assert (await got(db, "b-1")).context == {"k": {"deep": True}, "l": 3}


async def test_a_line_that_vanished_is_a_question_and_either_answer_holds(db: Database, person: Person) -> None:
    person.write("".join(f"{row}\n" for row in START.split("\n")[2:3]))
    person.push()
    done = await synced(db)
    assert done.conflicts == 2
    assert done.written == []
    assert (await got(db, "b-1")).source_status == ""
    async with db.read() as tx:
        asked = {found.bead_id: found.id for found, _ in await conflicts.listed(tx, "p")}
    async with db.write() as tx:
        await resolve(tx, "p", asked["b-1"], "ours", actor=PERSON)
        await resolve(tx, "p", asked["b-2"], "theirs", actor=PERSON)
    await synced(db)
    assert list(person.pull().lines()) == ["b-1", "b-5"]
    assert (await got(db, "b-2")).source_status == "tombstone"


async def test_a_line_that_comes_back_answers_the_question(db: Database, person: Person) -> None:
    person.write(FIRST + "\n")
    person.push()
    await synced(db)
    person.write(START)
    person.push()
    await synced(db)
    async with db.read() as tx:
        assert await conflicts.count(tx, "p") == 0
        decided = await conflicts.listed(tx, "p", resolved=True)
    assert [found.resolution for found, _ in decided] == ["gone", "gone"]


async def test_a_tombstone_deletes_what_nobody_touched_and_asks_about_the_rest(db: Database, person: Person) -> None:
    await change(db, "b-1", notes="still needed")
    for bead_id in ("b-1", "b-2"):
        person.change(bead_id, at=T2, status="tombstone", deleted_at=T2, deleted_by="ann")
    person.push()
    assert (await synced(db)).conflicts == 1
    assert (await got(db, "b-2")).source_status == "tombstone"
    assert (await got(db, "b-1")).status == BeadStatus.OPEN
    assert person.pull().lines()["b-1"]["status"] == "open"


async def test_lines_that_cannot_be_read_are_told_and_stay_where_they_are(
    db: Database, person: Person, tmp_path: Path
) -> None:
    odd = '\ufeff{"_schema":"beads-jsonl/1"}\r\n{"id": "b-2", "title": 7}\r\nwords\r\n' + START.replace("\n", "\r\n")
    odd += '{"_type":"memory","key":"k","value":"v"}\r\n{"id":"b-9","title":"cut'
    person.write(odd)
    person.push()
    await synced(db)
    async with db.read() as tx:
        state = await tx.get_one(BeadFile, "p")
    assert [(told["line"], told["bead_id"]) for told in state.unreadable] == [(2, "b-2"), (3, ""), (8, "")]
    await change(db, "b-5", notes="n")
    async with db.write() as tx:
        await bead(tx, "one more")
    await synced(db)
    rows, before = person.pull().file.read_bytes().decode().split("\n"), odd.split("\n")
    assert [row for row in before if row not in rows] == [before[5]]


async def test_the_markers_of_a_merge_are_resolved_bead_by_bead(db: Database, person: Person, tmp_path: Path) -> None:
    first, second, third = START.split("\n")[:3]
    ours, theirs = line("b-2", T1, notes="mine"), line("b-2", T2, design="yours", notes="other")
    person.write(f"{first}\n<<<<<<< HEAD\n{ours}\n{line('b-3')}\n=======\n{theirs}\n>>>>>>> main\n{third}\n")
    person.push()
    done = await synced(db)
    assert done.conflicts == 1
    told = person.pull().lines()
    assert list(told) == ["b-1", "b-2", "b-3", "b-5"]
    assert (told["b-2"]["notes"], told["b-2"]["design"]) == ("other", "yours")
    assert second not in person.file.read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [("<<<<<<< HEAD\n", "Line 4: the conflict marker <<<<<<< is never closed"), ("=======\n", "Line 4"),
     ("<<<<<<< a\n>>>>>>> b\n", "Line 5: the conflict marker >>>>>>> is out of place after <<<<<<< in line 4")],
)  # fmt: skip
async def test_markers_that_make_no_sense_are_refused_by_line(
    db: Database, person: Person, text: str, said: str
) -> None:
    person.write(START + text)
    person.push()
    done = await sync(db, "p")
    assert said in done.problem
    person.write(START + line("b-7") + "\n")
    person.push()
    assert (await synced(db)).created == 1


async def test_a_file_that_lost_most_of_its_lines_or_is_gone_is_not_believed(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    many = "".join(f"{line(f'b-{n:03}')}\n" for n in range(120))
    person = team(tmp_path, many)
    await follow(db, settings, tmp_path / "origin.git")
    await synced(db)
    person.write(line("b-000") + "\n")
    person.push()
    assert "lacks 119 of the 120 beads" in (await sync(db, "p")).problem
    person.file.unlink()
    person.push()
    assert "is gone from main" in (await sync(db, "p")).problem
    async with db.read() as tx:
        assert (await tx.execute(select(BeadConflict))).all() == []
    await change(db, "b-001", notes="n")
    assert "is gone" in (await sync(db, "p", fetch=False)).problem
    await synced(db, accept=True)
    assert len(person.pull().lines()) == 120


async def test_others_who_are_quicker_to_push_are_merged_and_nothing_is_lost(
    db: Database, person: Person, tmp_path: Path
) -> None:
    await change(db, "b-1", notes="ours")
    person.change("b-2", notes="theirs")
    person.write(person.file.read_text() + line("b-9") + "\n")
    person.push()
    await synced(db, fetch=False)
    told = person.pull().lines()
    assert (told["b-1"]["notes"], told["b-2"]["notes"], "b-9" in told) == ("ours", "theirs", True)
    assert [subject[:5] for subject in repo.subjects(tmp_path / "origin.git")] == ["The r", "Their", "Beads"]


async def test_an_origin_that_is_away_is_told_and_caught_up_with(db: Database, person: Person, tmp_path: Path) -> None:
    away = (tmp_path / "origin.git").rename(tmp_path / "away.git")
    await change(db, "b-1", notes="ours")
    assert (await sync(db, "p", fetch=False)).problem
    away.rename(tmp_path / "origin.git")
    await synced(db)
    assert person.pull().lines()["b-1"]["notes"] == "ours"


async def test_what_was_committed_and_not_pushed_by_a_process_that_died_is_repaired(
    db: Database, person: Person, tmp_path: Path
) -> None:
    await change(db, "b-1", notes="ours")
    await _die_after_commit(db)
    person.change("b-1", design="theirs")
    person.change("b-2", notes="theirs")
    person.push()
    await synced(db)
    told = person.pull().lines()
    assert (told["b-1"]["notes"], told["b-1"]["design"], told["b-2"]["notes"]) == ("ours", "theirs", "theirs")
    assert (await got(db, "b-1")).design == "theirs"
    async with db.read() as tx:
        assert await conflicts.count(tx, "p") == 0


async def _die_after_commit(db: Database) -> None:
    """A round that ends for good between its commit and its push."""

    class Killed(BaseException):
        pass

    with patch("loom_app.git.checkout.Checkout._deliver", side_effect=Killed), pytest.raises(Killed):
        await sync(db, "p", fetch=False)


async def test_reading_leaves_the_file_alone(db: Database, settings: Settings, tmp_path: Path) -> None:
    person = team(tmp_path, START)
    await follow(db, settings, tmp_path / "origin.git", BeadsSync.READ)
    await synced(db)
    await change(db, "b-1", notes="ours")
    person.change("b-1", design="theirs")
    person.push()
    await synced(db)
    assert ((await got(db, "b-1")).notes, (await got(db, "b-1")).design) == ("ours", "theirs")
    assert repo.subjects(tmp_path / "origin.git") == ["The recipe so far", "Theirs"]


async def test_committing_waits_for_the_next_delivery(db: Database, settings: Settings, tmp_path: Path) -> None:
    team(tmp_path, START)
    await follow(db, settings, tmp_path / "origin.git", BeadsSync.COMMIT)
    await synced(db)
    await change(db, "b-1", notes="ours")
    done = await synced(db)
    assert done.commit
    assert not done.pushed
    assert repo.subjects(tmp_path / "origin.git") == ["The recipe so far"]
    assert repo.subjects(settings.data_dir / "projects" / "p" / "repo")[-1].startswith("Beads: change b-1")


@pytest.mark.parametrize("how", [BeadsSync.WRITE, BeadsSync.COMMIT, BeadsSync.PUSH])
async def test_a_file_that_people_edit_in_their_own_checkout(
    db: Database, settings: Settings, tmp_path: Path, how: BeadsSync
) -> None:
    person = Person(repo.made(tmp_path / "own", {FILE: START, "a.txt": "a\n"}))
    await follow(db, settings, person.folder, how)
    await synced(db)
    person.change("b-2", notes="being edited")
    (person.folder / "a.txt").write_text("open change\n")
    await synced(db, fetch=False)
    assert (await got(db, "b-2")).notes == "being edited"
    await change(db, "b-1", notes="ours")
    await synced(db, fetch=False)
    assert {key: told.get("notes") for key, told in person.lines().items()} == {
        "b-1": "ours", "b-2": "being edited", "b-5": None,
    }  # fmt: skip
    assert (person.folder / "a.txt").read_text() == "open change\n"
    committed = len(repo.subjects(person.folder)) == 2
    assert committed == (how != BeadsSync.WRITE)
    assert repo.git(person.folder, "status", "--short").split() == ["M", "a.txt"] if committed else True


async def test_a_link_out_of_the_repository_is_not_followed(db: Database, settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.write_text("keep\n")
    folder = repo.made(tmp_path / "own", {"a.txt": "a\n"})
    (folder / ".beads").mkdir()
    (folder / FILE).symlink_to(target)
    repo.git(folder, "add", "-A")
    repo.git(folder, "commit", "-qm", "link")
    await follow(db, settings, folder)
    async with db.write() as tx:
        await bead(tx, "x")
    assert "is a link" in (await sync(db, "p")).problem
    assert target.read_text() == "keep\n"


async def test_a_checkout_on_another_branch_is_waited_for(db: Database, settings: Settings, tmp_path: Path) -> None:
    person = Person(repo.made(tmp_path / "own", {FILE: START}))
    await follow(db, settings, person.folder)
    await synced(db)
    person.change("b-2", notes="being edited")
    await synced(db, fetch=False)
    repo.git(person.folder, "checkout", "-q", "-b", "elsewhere")
    assert "is not on branch main" in (await sync(db, "p")).problem
    assert (await got(db, "b-2")).notes == "being edited"
    repo.git(person.folder, "checkout", "-q", "main")
    await synced(db)


async def test_loom_owns_the_only_copy_and_an_agent_lands_on_a_file_edited_in_place(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    await follow(db, settings, "", BeadsSync.WRITE)
    async with db.write() as tx:
        first = await bead(tx, "first")
    await synced(db)
    async with db.read() as tx:
        project = await projects.get(tx, "p")
    checkout, file = checkout_of(db, project), Path(project.work_dir) / FILE
    assert first in file.read_text()
    tree = Worktree(checkout, tmp_path / "tree", "agent/x/y", Author("Q", "q@x.invalid"), {"Run": "r"})
    await tree.open()
    Person(tree.folder).write(line("x-1") + "\n")
    await BeadFilePlace.of(checkout, project.beads_path).keep_edits()
    assert (await tree.land("Add x-1")).conflicts == ()
    assert (await synced(db)).created == 1
    assert {first, "x-1"} == set(Person(Path(project.work_dir)).lines())


async def test_a_file_that_ends_in_the_middle_is_read_when_it_has_been_left_alone(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    person = Person(repo.made(tmp_path / "own", {FILE: START}))
    await follow(db, settings, person.folder, BeadsSync.READ)
    await synced(db)
    person.write(START[:-20])
    written = person.file.stat().st_mtime
    os.utime(person.file, (written + 60, written + 60))
    with pytest.raises(NotSettled):
        await sync(db, "p")
    long_ago = written - 10
    os.utime(person.file, (long_ago, long_ago))
    await synced(db)
    async with db.read() as tx:
        assert "is cut off" in (await tx.get_one(BeadFile, "p")).unreadable[0]["reason"]
