import asyncio
from datetime import timedelta
from typing import Any

import pytest

from loom_app.beads import service
from loom_app.beads.models import BeadStatus, Lease
from loom_app.beads.schemas import BeadChange, BeadCreate
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from tests.beads.making import PERSON, bead, chain, events, fetched, project

AGENT = agent_actor("agent-1", "Bo", "p")


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def change(db: Database, bead_id: str, **fields: Any) -> None:
    async with db.write() as tx:
        await service.update(tx, bead_id, BeadChange(**fields), actor=PERSON)


async def test_a_bead_keeps_everything_it_was_made_with(db: Database) -> None:
    async with db.write() as tx:
        parent = await bead(tx, "epic", type="epic")
        made = await bead(
            tx, "x", priority=0, parent=parent, tags=["b", "a", "b"], context={"k": "v"}, estimated_time=0
        )  # fmt: skip
    found = await fetched(db, made)
    assert (found.priority, found.tags, found.context, found.estimated_time) == (0, ["b", "a"], {"k": "v"}, 0)
    assert found.id.startswith("t-")
    assert found.created_by == "Ann"
    assert [e[:2] for e in await events(db)] == [("bead.created", parent), ("bead.created", made)]


async def test_a_thousand_beads_have_a_thousand_ids(db: Database) -> None:
    async with db.write() as tx:
        made = {await bead(tx, "the same") for _ in range(300)}
    assert len(made) == 300
    assert {len(bead_id) for bead_id in made} == {len("t-") + 3, len("t-") + 4}


@pytest.mark.parametrize("field", ["parent", "blocked_by", "blocks", "children", "related_to"])
async def test_an_unknown_neighbour_is_refused(db: Database, field: str) -> None:
    value = "t-nope" if field == "parent" else ["t-nope"]
    with pytest.raises(Invalid, match="t-nope"):
        async with db.write() as tx:
            await bead(tx, "x", **{field: value})
    assert await events(db) == []


async def test_an_external_neighbour_is_taken_and_blocks_nobody(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x", blocked_by=["external:other:o-1"])
        assert await service.is_ready(tx, made, now())


async def test_a_cycle_is_refused_and_named(db: Database) -> None:
    a, b, c = await chain(db, "a", "b", "c")
    with pytest.raises(Conflict, match=f"{a} → {c} → {b} → {a}") as refusal:
        async with db.write() as tx:
            await service.add_dependency(tx, a, c, actor=PERSON)
    assert refusal.value.extra["cycle"] == [a, c, b, a]
    with pytest.raises(Conflict, match=f"{a} → {a}"):
        async with db.write() as tx:
            await service.add_dependency(tx, a, a, actor=PERSON)
    with pytest.raises(Conflict, match="cycle"):
        await change(db, a, parent=c)
    with pytest.raises(Conflict, match="cycle"):
        await change(db, c, blocks=[a])
    async with db.write() as tx:
        await service.add_dependency(tx, a, c, "related", actor=PERSON)


async def test_two_writers_cannot_each_add_half_of_a_cycle(db: Database) -> None:
    async with db.write() as tx:
        pairs = [(await bead(tx, "a"), await bead(tx, "b")) for _ in range(5)]

    async def wait_for(one: str, other: str) -> str:
        try:
            async with db.write() as tx:
                await service.add_dependency(tx, one, other, actor=PERSON)
            return "added"
        except Conflict as refusal:
            return refusal.code

    for a, b in pairs:
        assert sorted(await asyncio.gather(wait_for(a, b), wait_for(b, a))) == ["added", "dependency_cycle"]


async def test_two_beads_have_one_dependency(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    async with db.write() as tx:
        again = await service.add_dependency(tx, b, a, actor=PERSON)
        assert again.type == "blocks"
    with pytest.raises(Conflict, match="already depends"):
        async with db.write() as tx:
            await service.add_dependency(tx, b, a, "related", actor=PERSON)
    await change(db, b, blocked_by=[], related_to=[a])
    async with db.read() as tx:
        assert await service.is_ready(tx, b, now())


async def test_finishing_a_bead_tells_whom_it_sets_free(db: Database) -> None:
    a, b, _ = await chain(db, "a", "b", "c")
    async with db.write() as tx:
        child = await bead(tx, "child of b", parent=b)
    async with db.write() as tx:
        await service.set_status(tx, a, "closed", actor=AGENT, reason="done well")
    found = await fetched(db, a)
    assert (found.status, found.close_reason, found.closed_at is not None) == ("done", "done well", True)
    told = await events(db, "bead.status_change", "bead.completed", "bead.unblocked")
    assert {e[:2] for e in told} == {
        ("bead.status_change", a), ("bead.completed", a), ("bead.unblocked", b), ("bead.unblocked", child),
    }  # fmt: skip
    assert next(e[2] for e in told if e[0] == "bead.status_change") == {
        "title": "a", "from": "open", "to": "done", "reason": "done well",
    }  # fmt: skip


async def test_the_last_child_frees_whoever_waits_for_the_family(db: Database) -> None:
    async with db.write() as tx:
        epic = await bead(tx, "epic")
        one, two = await bead(tx, "one", parent=epic), await bead(tx, "two", parent=epic)
        waiter, early = await bead(tx, "waiter"), await bead(tx, "early")
        await service.add_dependency(tx, waiter, epic, "waits-for", actor=PERSON)
        await service.add_dependency(tx, early, epic, "waits-for", gate="any-children", actor=PERSON)
    await change(db, one, status="done")
    assert [e[1] for e in await events(db, "bead.unblocked")] == [early]
    await change(db, two, status="done")
    assert [e[1] for e in await events(db, "bead.unblocked")] == [early, waiter]


async def test_removing_a_dependency_tells_whom_it_sets_free(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    async with db.write() as tx:
        await service.remove_dependency(tx, b, a, actor=PERSON)
    assert [e[1] for e in await events(db, "bead.unblocked")] == [b]
    with pytest.raises(NotFound, match="does not depend"):
        async with db.write() as tx:
            await service.remove_dependency(tx, b, a, actor=PERSON)


async def test_moves_follow_the_table(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x")
    await change(db, made, status="done")
    for wanted in ("in_progress", "blocked"):
        with pytest.raises(Conflict, match=f"is done; from there it can go to open, not to {wanted}"):
            await change(db, made, status=wanted)
    with pytest.raises(Invalid, match="'finished' is no status of a bead; it can be open, in_progress, blocked, done"):
        await change(db, made, status="finished")
    await change(db, made, status="open")
    found = await fetched(db, made)
    assert (found.status, found.closed_at, found.close_reason) == ("open", None, "")


async def test_a_claim_needs_an_open_unblocked_bead_and_is_undone_on_the_way_back(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    with pytest.raises(Conflict, match=f"^{b} is blocked because {a} “a” is not done, open since"):
        async with db.write() as tx:
            await service.start(tx, b, holder="agent-1", actor=AGENT)
    async with db.write() as tx:
        started = await service.start(tx, a, holder="agent-1", actor=AGENT)
        assert (started.status, started.assigned_to, started.hops) == ("in_progress", "agent-1", 1)
    with pytest.raises(Conflict, match="is in_progress, not open"):
        async with db.write() as tx:
            await service.start(tx, a, holder="agent-2", actor=AGENT)
    async with db.write() as tx:
        held = await service.get(tx, a)
        held.not_before = now() + timedelta(minutes=2)
        await service.set_status(tx, a, BeadStatus.OPEN, actor=SYSTEM, reason="the provider failed")
    found = await fetched(db, a)
    assert (found.assigned_to, found.hops, found.status_reason) == ("", 1, "the provider failed")
    assert found.not_before is not None
    await change(db, a, status="blocked", reason="wait")
    await change(db, a, status="open")
    found = await fetched(db, a)
    assert (found.hops, found.not_before, found.status_reason) == (0, None, "")


async def test_an_assignment_outlives_a_claim(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x", assigned_to="agent-1")
        await service.start(tx, made, holder="agent-2", actor=AGENT)
        await service.set_status(tx, made, "open", actor=SYSTEM)
    assert (await fetched(db, made)).assigned_to == "agent-1"


async def test_redispatch_starts_afresh_unless_the_bead_is_held(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x")
        found = await service.get(tx, made)
        found.hops, found.status, found.not_before = 7, "blocked", now() + timedelta(hours=1)
    async with db.write() as tx:
        await service.redispatch(tx, made, reason="try again", actor=PERSON)
    found = await fetched(db, made)
    assert (found.status, found.hops, found.not_before, found.status_reason) == ("open", 0, None, "try again")
    async with db.write() as tx:
        tx.add(Lease(bead_id=made, token=1, holder="agent-1", run_id="run-1", expires_at=now() + timedelta(hours=1)))
    with pytest.raises(Conflict) as refusal:
        async with db.write() as tx:
            await service.redispatch(tx, made, reason="again", actor=PERSON)
    assert refusal.value.extra["holder"] == "agent-1"
    assert refusal.value.extra["run_id"] == "run-1"


async def test_a_change_tells_every_field_that_differs_and_no_other(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "old", description="same", tags=["a"])
    await change(db, made, title="new", description="same", tags=["a"], priority=0, due_date=None)
    [(_, subject, data)] = await events(db, "bead.updated")
    assert subject == made
    assert data["fields"] == ["priority", "title"]
    assert data["changes"]["title"] == {"from": "old", "to": "new"}
    await change(db, made, title="new")
    assert len(await events(db, "bead.updated")) == 1


async def test_lists_become_what_was_given(db: Database) -> None:
    async with db.write() as tx:
        a, b, c = await bead(tx, "a"), await bead(tx, "b"), await bead(tx, "c")
    await change(db, a, blocked_by=[b], children=[c], related_to=[])
    await change(db, a, blocked_by=[c, b], children=[])
    async with db.read() as tx:
        assert {reason.bead_id for reason in await service.explain(tx, a, SYSTEM)} == {b, c}
    await change(db, b, blocks=[])
    async with db.read() as tx:
        assert {reason.bead_id for reason in await service.explain(tx, a, SYSTEM)} == {c}
    assert [e[1] for e in await events(db, "bead.unblocked")] == [c]
    await change(db, a, blocked_by=[])
    assert [e[1] for e in await events(db, "bead.unblocked")] == [c, a]


async def test_a_change_to_what_one_saw_is_refused_when_it_has_changed_since(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x")
    seen = (await fetched(db, made)).updated_at
    await change(db, made, title="y", expected_updated_at=seen)
    with pytest.raises(Conflict, match="was changed at"):
        await change(db, made, title="z", expected_updated_at=seen)
    assert (await fetched(db, made)).title == "y"


async def test_assigning_is_told(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x")
    await change(db, made, assigned_to="agent-9")
    await change(db, made, assigned_to=None)
    told = [(e[2]["from"], e[2]["to"]) for e in await events(db, "bead.assigned")]
    assert told == [("", "agent-9"), ("agent-9", "")]


async def test_a_bead_moves_only_to_a_project_that_is_there(db: Database) -> None:
    await project(db, "q")
    async with db.write() as tx:
        made = await bead(tx, "x")
    with pytest.raises(NotFound, match="no project 'nope'"):
        await change(db, made, project_id="nope")
    await change(db, made, project_id="q")
    assert (await fetched(db, made)).project_id == "q"


async def test_unknown_ids_are_named(db: Database) -> None:
    async with db.write() as tx:
        for attempt in (
            service.update(tx, "t-0", BeadChange(title="x"), actor=PERSON),
            service.set_status(tx, "t-0", "open", actor=PERSON),
            service.start(tx, "t-0", holder="h", actor=PERSON),
            service.get(tx, "t-0"),
        ):
            with pytest.raises(NotFound, match="t-0"):
                await attempt
        with pytest.raises(NotFound, match="no project 'zz'"):
            await service.create(tx, BeadCreate(project_id="zz", title="x"), actor=PERSON)


def test_a_draft_nobody_checked_is_refused_by_field() -> None:
    with pytest.raises(Invalid, match=r"type: .*; tags.0: .*\.$"):
        service.draft(project_id="p", title="x", type="größe", tags=[""])
    assert service.draft(project_id="p", title="x").priority == 2
