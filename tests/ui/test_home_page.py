"""The first page: how far epics have come and what holds up most others, as far as one sees them."""

from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import tokens
from loom_app.auth.models import User
from loom_app.auth.sessions import COOKIE
from loom_app.beads import holding, service
from loom_app.beads.schemas import BeadCreate
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.ui import runtime
from loom_app.ui.live import interested
from loom_app.ui.pages.home.rows import Counts
from loom_app.ui.pages.home.state import HomeState
from tests.beads.making import PERSON, project
from tests.support import people
from tests.support.handlers import Tab


async def bead(tx: AsyncSession, title: str, project_id: str = "p", **fields: Any) -> str:
    """A new bead; answers its id."""
    wanted = BeadCreate(project_id=project_id, title=title, **fields)
    return (await service.create(tx, wanted, actor=PERSON)).id


@pytest.fixture(autouse=True)
def using(app: FastAPI, db: Database, vault: Vault, settings: Settings) -> None:
    """The pages on the test's database."""
    runtime.install(runtime.Runtime(db, vault, app.state.keys, settings, app.state.tail))


async def opened(app: FastAPI, user: User) -> Any:
    """The first page as `user` sees it."""
    tab = Tab(HomeState, f"{COOKIE}={await tokens.issue(app.state.keys, user)}", "/")
    await HomeState.load.fn(tab)
    return tab


async def _two_projects(db: Database) -> dict[str, str]:
    """An epic with children in both projects, and a bead of each for which others of both wait."""
    await project(db)
    await project(db, "q", "u")
    async with db.write() as tx:
        made = {"epic": await bead(tx, "Epic", type="epic", priority=1), "bare": await bead(tx, "Bare", type="epic")}
        made["late"] = await bead(tx, "Late epic", type="epic", priority=3)
        for name, status in (("a", "done"), ("b", "in_progress"), ("c", "open")):
            made[name] = await bead(tx, name, parent=made["epic"])
            await service.set_status(tx, made[name], status, actor=PERSON)
        made["far"] = await bead(tx, "far", project_id="q", parent=made["epic"])
        made["last"] = await bead(tx, "last", parent=made["late"])
        await service.set_status(tx, made["last"], "done", actor=PERSON)
        made["root"] = await bead(tx, "root", assigned_to="ada")
        for number in range(3):
            await bead(tx, f"waits {number}", blocked_by=[made["root"]])
            await bead(tx, f"waits far {number}", project_id="q", blocked_by=[made["root"], made["far"]])
        await bead(tx, "waits for one done", blocked_by=[made["a"]])
        gone = await bead(tx, "deleted", blocked_by=[made["root"]])
        await service.remove(tx, gone, actor=PERSON)
    return made


async def test_epics_with_their_progress_and_what_holds_up_most(app: FastAPI, db: Database) -> None:
    made = await _two_projects(db)
    page = await opened(app, await people.person(db, "admin"))
    assert [(epic.id, epic.done, epic.total, epic.rest) for epic in page.epics] == [
        (made["epic"], 1, 4, "1 in progress"), (made["late"], 1, 1, "all done: it can be closed"),
    ]  # fmt: skip
    assert [(held.id, held.waiting, held.holder) for held in page.holding] == [
        (made["root"], "6 beads wait", "ada"), (made["far"], "3 beads wait", "nobody"),
    ]  # fmt: skip
    assert page.counts == Counts(open=13, in_progress=1, blocked=0, done=2)
    async with db.write() as tx:
        await service.set_status(tx, made["root"], "done", actor=PERSON)
    page = await opened(app, await people.person(db, "viewer", "vera"))
    assert [held.id for held in page.holding] == []


async def test_what_one_does_not_see_is_neither_named_nor_counted(app: FastAPI, db: Database) -> None:
    made = await _two_projects(db)
    vera = await people.person(db, "viewer", "vera")
    await people.member(db, "vera", "p")
    page = await opened(app, vera)
    assert [(epic.id, epic.done, epic.total) for epic in page.epics] == [(made["epic"], 1, 3), (made["late"], 1, 1)]
    assert [(held.id, held.waiting) for held in page.holding] == [(made["root"], "3 beads wait")]
    other = await people.person(db, "viewer", "walt")
    await people.member(db, "walt", "q")
    page = await opened(app, other)
    assert page.epics == []
    assert [(held.id, held.waiting) for held in page.holding] == [(made["far"], "3 beads wait")]


async def test_a_great_number_of_done_ones_hides_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "LOOKED_AT", 1)
    monkeypatch.setattr(holding, "FURTHER", 2)
    await project(db)
    async with db.write() as tx:
        done = [await bead(tx, f"done {number}") for number in range(3)]
        root = await bead(tx, "root")
        for number in range(3):
            await bead(tx, f"waits {number}", blocked_by=[*done, root] if number == 0 else done)
        for bead_id in done:
            await service.set_status(tx, bead_id, "done", actor=PERSON)
    async with db.read() as tx:
        assert [(row.id, count) for row, count in await service.holding_most(tx, PERSON, 5)] == [(root, 1)]


def test_the_page_hears_of_what_changes_it() -> None:
    for type_ in ("bead.created", "bead.updated", "bead.status_change", "bead.deleted", "project.updated"):
        assert interested("/", [type_])
