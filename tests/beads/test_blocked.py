"""Why a bead is blocked, in words: because of what, open since when, with whom."""

from datetime import UTC, datetime

from loom_app.beads import service
from loom_app.beads.blocked import MOST_TOLD, in_words
from loom_app.beads.models import Bead
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from tests.beads.making import bead, chain, project
from tests.support import people, rows

MARCH = datetime(2026, 3, 1, 9, 30, 59, tzinfo=UTC)


async def told(db: Database, bead_id: str) -> list[str]:
    async with db.read() as tx:
        return [reason.why for reason in await service.explain(tx, bead_id, SYSTEM)]


async def test_blocked_is_explained_by_what_since_when_and_with_whom(db: Database) -> None:
    await project(db)
    a, b = await chain(db, "Sow peas", "b")
    ann = await people.person(db, "user", "ann")
    agent_id = await rows.agent(db, "p", name="Robin")
    async with db.write() as tx:
        child = await bead(tx, "child", parent=b)
        for made in (a, b):
            (await tx.get_one(Bead, made)).created_at = MARCH
    since = "open since 2026-03-01 09:30 UTC"
    for status, assigned, expected in (
        ("open", "", f"because {a} “Sow peas” is not done, {since}, with nobody"),
        ("in_progress", agent_id, f"because {a} “Sow peas” is in progress, {since}, with agent Robin"),
        ("blocked", ann.id, f"because {a} “Sow peas” is blocked, {since}, with ann"),
        ("open", "claude", f"because {a} “Sow peas” is not done, {since}, with claude"),
    ):
        async with db.write() as tx:
            found = await tx.get_one(Bead, a)
            found.status, found.assigned_to = status, assigned
        assert await told(db, b) == [expected]
    assert await told(db, child) == [f"because its parent {b} “b” is blocked, {since}, with nobody"]
    assert await told(db, a) == []


async def test_waiting_for_children_names_them_and_long_titles_are_cut(db: Database) -> None:
    await project(db)
    async with db.write() as tx:
        epic = await bead(tx, "epic", type="epic")
        child, waiting = await bead(tx, "c" * 200, parent=epic), await bead(tx, "waiting")
        await service.add_dependency(tx, waiting, epic, "waits-for", actor=SYSTEM)
        family = await service.add_dependency(tx, await bead(tx, "w"), "external:other:gone", "waits-for", actor=SYSTEM)
        [reason] = await service.explain(tx, waiting, SYSTEM)
        assert await service.explain(tx, family.bead_id, SYSTEM) == []
    assert (reason.bead_id, reason.title) == (child, "c" * 200)
    assert reason.why.startswith(f"because {child} “{'c' * 79}…”, a child of {epic}, is not done, open since ")


async def test_a_sentence_gives_the_first_reasons_and_how_many_more(db: Database) -> None:
    await project(db)
    async with db.write() as tx:
        ahead = [await bead(tx, f"{number}") for number in range(MOST_TOLD + 2)]
        reasons = await service.explain(tx, await bead(tx, "x", blocked_by=ahead), SYSTEM)
    assert in_words(reasons).count("because") == MOST_TOLD
    assert in_words(reasons).endswith("; and 2 more")


async def test_an_agent_of_a_project_one_does_not_see_is_not_named(db: Database) -> None:
    await project(db)
    await rows.project(db)
    agent_id = await rows.agent(db, name="Secret")
    outsider = Actor("user", "user-1", "ann", frozenset({"*:*"}), frozenset({"p"}))
    async with db.read() as tx:
        named = [(await service.names(tx, [agent_id], actor)).told(agent_id) for actor in (SYSTEM, outsider)]
    assert named == ["agent Secret", agent_id]
