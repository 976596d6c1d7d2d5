"""The worker's watch over bead files: what people save and push arrives, what changes here goes out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from loom_app.beadfiles.following import prefix_of
from loom_app.beads import service
from loom_app.beads.schemas import BeadChange
from loom_app.config import Settings
from loom_app.events.tail import EventTail
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync
from loom_app.projects.schemas import ProjectDraft
from tests.beadfiles.team import FILE, Person, follow, line, team
from tests.beads.making import PERSON
from tests.support import git_repository as repo
from workers import bead_files
from workers.bead_files import BeadFiles

START = f"{line('b-1')}\n{line('b-2')}\n"


@asynccontextmanager
async def watching(db: Database, seconds: float = 1.0) -> AsyncIterator[None]:
    files = BeadFiles(db, seconds)

    async def hear(tail: EventTail) -> None:
        async for batch in tail.follow(tail.last_seq):
            files.hear(batch)

    async with EventTail(db) as tail:
        tasks = [asyncio.create_task(hear(tail)), asyncio.create_task(files.follow())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def _briskly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bead_files, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(bead_files, "GATHER_SECONDS", 0.1)


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Returns when `condition` holds."""
    async with asyncio.timeout(20):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.05)


def notes(db: Database, bead_id: str, wanted: str) -> Callable[[], Awaitable[bool]]:
    async def have() -> bool:
        async with db.read() as tx:
            try:
                return (await service.get(tx, bead_id)).notes == wanted
            except NotFound:
                return False

    return have


async def test_a_team_that_moves_in_is_followed_without_being_asked(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    person = team(tmp_path, START)
    async with watching(db):
        async with db.write() as tx:
            draft = ProjectDraft(id="p", name="P", git_repo=str(tmp_path / "origin.git"))
            await projects.create(tx, draft, settings=settings, actor=SYSTEM)
        await until(notes(db, "b-1", ""))
        async with db.read() as tx:
            project = await projects.get(tx, "p")
        assert (project.beads_sync, project.bead_prefix) == (BeadsSync.PUSH, "b")
        person.change("b-1", notes="pushed")
        person.push()
        await until(notes(db, "b-1", "pushed"))
        async with db.write() as tx:
            await service.update(tx, "b-2", BeadChange(notes="from Loom"), actor=PERSON)
        await until(lambda: "from Loom" in repo.shown(tmp_path / "origin.git", FILE))
        commits = len(repo.subjects(tmp_path / "origin.git"))
        person.pull().change("b-2", notes="again")
        person.push()
        await until(notes(db, "b-2", "again"))
    assert len(repo.subjects(tmp_path / "origin.git")) == commits + 1


@pytest.mark.parametrize(("ids", "prefix"), [
    (["ab_c-1x", "ab_c-2y.1", "z-1"], "ab_c"), (["a-b-1", "a-b-2"], "a-b"), (["a-1", "b-1"], ""), (["9-1"], ""),
    ([], ""),
])  # fmt: skip
def test_new_beads_are_called_like_those_of_the_file(ids: list[str], prefix: str) -> None:
    assert prefix_of("\n".join(map(line, ids))) == prefix


async def test_a_repository_without_a_bead_file_is_left_alone(db: Database, settings: Settings, tmp_path: Path) -> None:
    folder = repo.made(tmp_path / "own", {"a.txt": "a\n"})

    async def chosen() -> bool:
        async with db.read() as tx:
            return (await projects.get(tx, "p")).beads_sync_chosen

    async with watching(db):
        async with db.write() as tx:
            draft = ProjectDraft(id="p", name="P", git_repo=str(folder))
            await projects.create(tx, draft, settings=settings, actor=SYSTEM)
        await until(chosen)
    async with db.read() as tx:
        assert (await projects.get(tx, "p")).beads_sync == BeadsSync.OFF


async def test_a_file_saved_in_place_is_read_at_once_and_half_of_one_only_when_it_is_whole(
    db: Database, settings: Settings, tmp_path: Path
) -> None:
    person = Person(repo.made(tmp_path / "own", {FILE: START}))
    await follow(db, settings, person.folder, BeadsSync.WRITE)
    async with watching(db, seconds=600):
        await until(notes(db, "b-1", ""))
        whole = START.replace('"title of b-1"', '"title of b-1","notes":"saved"')
        person.write(whole[:60])
        person.write(whole)
        await until(notes(db, "b-1", "saved"))
        async with db.write() as tx:
            await service.update(tx, "b-2", BeadChange(notes="from Loom"), actor=PERSON)
        await until(lambda: "from Loom" in person.file.read_text())
    assert repo.subjects(person.folder) == ["The recipe so far"]
