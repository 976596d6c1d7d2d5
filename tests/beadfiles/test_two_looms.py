"""Two Looms and a person on one bead file: whoever is first, all three end with the same beads and nothing is lost."""

import json
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loom_app.beadfiles.interchange import export_text
from loom_app.beads import comments, service
from loom_app.beads.models import BeadStatus
from loom_app.beads.schemas import BeadChange
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.kernel.keyring import Keyring
from tests.beadfiles.team import Person, follow, line, synced, team
from tests.beads.making import PERSON, bead
from tests.support import git_repository as repo

BEADS = [f"b-{number}" for number in range(6)]


@dataclass
class Loom:
    """One installation."""

    name: str
    db: Database

    async def edit(self, dice: random.Random, number: int) -> str:
        """Some change, with a text that is found nowhere else."""
        bead_id, mark = dice.choice(BEADS), f"{self.name}{number}"
        kind = dice.randrange(5)
        async with self.db.write() as tx:
            if kind == 0:
                await comments.add(tx, bead_id, mark, actor=PERSON)
            elif kind == 1:
                found = await service.get(tx, bead_id)
                await service.update(tx, bead_id, BeadChange(tags=[*found.tags, mark]), actor=PERSON)
            elif kind == 2:
                await bead(tx, mark)
            elif kind == 3:
                await service.update(tx, bead_id, BeadChange(notes=mark), actor=PERSON)
                return ""
            else:
                to = dice.choice([BeadStatus.DONE, BeadStatus.OPEN])
                with suppress(Conflict):
                    await service.set_status(tx, bead_id, to, actor=PERSON, reason=mark)
                return ""
        return mark

    async def lines(self) -> dict[str, dict[str, Any]]:
        """Its beads as it would export them."""
        async with self.db.read() as tx:
            rows = (await export_text(tx, "p", actor=SYSTEM)).splitlines()
        return {one["id"]: one for one in map(json.loads, rows)}


@pytest.fixture
async def two(sqlite_template: Path, vault: Vault, tmp_path: Path) -> AsyncIterator[tuple[Loom, Loom, Person]]:
    """Two installations that follow the origin of a person's repository."""
    person = team(tmp_path, "".join(f"{line(bead_id)}\n" for bead_id in BEADS))
    made = []
    async with AsyncExitStack() as stack:
        for name in ("one", "two"):
            settings = Settings(data_dir=tmp_path / name)
            settings.data_dir.mkdir()
            shutil.copy(sqlite_template, settings.data_dir / "loom.db")
            db = Database(settings.database_url)
            Keyring(db, vault)
            stack.push_async_callback(db.dispose)
            await follow(db, settings, tmp_path / "origin.git")
            await synced(db)
            made.append(Loom(name, db))
        yield made[0], made[1], person


@pytest.mark.parametrize("seed", [1, 2])
async def test_all_end_with_the_same_and_nothing_is_lost(two: tuple[Loom, Loom, Person], seed: int) -> None:
    one, other, person = two
    dice = random.Random(seed)
    marks: set[str] = set()
    for number in range(12):
        loom = dice.choice([one, other])
        marks.add(await loom.edit(dice, number))
        if dice.random() < 0.3:
            bead_id = dice.choice(BEADS)
            mark = f"person{number}"
            person.pull().change(bead_id, at=f"2026-02-{number + 1:02}T00:00:00Z", design=mark)
            person.push()
        if dice.random() < 0.4:
            await synced(dice.choice([one, other]).db, fetch=dice.random() < 0.5)
    for loom in (one, other, one, other):
        await synced(loom.db)
    commits = len(repo.subjects(person.folder.parent / "origin.git"))
    for loom in (one, other):
        assert (await synced(loom.db)).written == []
    assert len(repo.subjects(person.folder.parent / "origin.git")) == commits
    told = person.pull().lines()
    assert told == await one.lines() == await other.lines()
    everything = person.file.read_text()
    assert [mark for mark in marks if mark not in everything] == []
