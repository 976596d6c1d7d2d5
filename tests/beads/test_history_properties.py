"""Whatever is done to beads in whatever order: undoing restores exactly, and the history leads from there to here."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlmodel import col

from loom_app.beads import service
from loom_app.beads.fields import OF_STANDING, PLAIN, STANDING, shown_value, values
from loom_app.beads.history import CREATED
from loom_app.beads.link_history import DEPENDENCIES, link_value
from loom_app.beads.models import Bead, Dependency, FieldChange
from loom_app.beads.schemas import BeadChange, BeadEdit, BulkChange
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.projects.models import Project
from tests.beads.making import PERSON, project

AGENT = agent_actor("agent-1", "Bo", "p")
COUNT = 4
BEAD = st.integers(0, COUNT - 1)
SOME = st.lists(BEAD, max_size=3, unique=True)
STATUS = st.sampled_from(["open", "in_progress", "blocked", "closed", "deferred", "pinned", "hooked", "nonsense"])
TYPE = st.sampled_from(["blocks", "conditional-blocks", "waits-for", "parent-child", "related", "until", "my own type"])
TEXT = st.sampled_from(["", "one", "two", "ÄÖ \U0001f600\nsecond line", "x" * 3_000])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["a", "b"]), "description": TEXT, "notes": st.none() | TEXT,
        "priority": st.integers(0, 4), "assigned_to": st.none() | st.sampled_from(["ann", "bo"]),
        "tags": st.none() | st.lists(st.sampled_from(["x", "y"]), max_size=2),
        "context": st.sampled_from([{}, {"k": [1, 2.5, None]}, {"n": 1e20}]),
        "due_date": st.none() | st.sampled_from(["2030-01-01T00:00:00Z", "2031-01-01T00:00:00.123456+02:00"]),
        "estimated_time": st.none() | st.integers(0, 3), "pinned": st.booleans(),
        "owner": st.sampled_from(["", "ann@example.org"]),
        "project_id": st.sampled_from(["p", "q"]), "status": STATUS, "reason": st.sampled_from(["", "because"]),
        "parent": st.none() | BEAD, "blocked_by": SOME, "blocks": SOME, "children": SOME, "related_to": SOME,
    },
)  # fmt: skip
STEP = st.one_of(
    st.tuples(st.just("edit"), BEAD, FIELDS),
    st.tuples(st.just("edit"), BEAD, FIELDS),
    st.tuples(st.just("link"), BEAD, st.tuples(BEAD, TYPE)),
    st.tuples(st.just("retype"), BEAD, st.tuples(BEAD, TYPE)),
    st.tuples(st.just("unlink"), BEAD, BEAD),
    st.tuples(st.just("delete"), BEAD, st.sampled_from(["", "twice there"])),
    st.tuples(st.just("start"), BEAD, st.none()),
    st.tuples(st.just("end"), BEAD, STATUS),
    st.tuples(st.just("redispatch"), BEAD, st.none()),
    st.tuples(st.just("bulk"), BEAD, st.tuples(SOME, FIELDS)),
)
RELATIONS = ("parent", "blocked_by", "blocks", "children", "related_to")


def _named(ids: list[str], fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with ids where the strategy has numbers."""
    named = dict(fields)
    for name in RELATIONS:
        if isinstance(named.get(name), list):
            named[name] = [ids[one] for one in named[name]]
        elif named.get(name) is not None:
            named[name] = ids[named[name]]
    return named


async def _do(db: Database, ids: list[str], step: Any) -> str | None:
    """Carries out one step; answers its change."""
    what, one, given_ = step
    async with db.write() as tx:
        match what:
            case "edit":
                await service.update(tx, ids[one], BeadChange(**_named(ids, given_)), actor=PERSON)
            case "link":
                await service.add_dependency(tx, ids[one], ids[given_[0]], given_[1], actor=PERSON)
            case "retype":
                await service.change_dependency(tx, ids[one], ids[given_[0]], given_[1], actor=PERSON)
            case "unlink":
                await service.remove_dependency(tx, ids[one], ids[given_], actor=PERSON)
            case "delete":
                await service.remove(tx, ids[one], actor=PERSON, reason=given_)
            case "start":
                await service.start(tx, ids[one], holder="agent-1", actor=AGENT, why="it is free")
            case "end":
                await service.set_status(tx, ids[one], given_, actor=SYSTEM, reason="ended")
            case "redispatch":
                await service.redispatch(tx, ids[one], reason="again", actor=PERSON)
            case "bulk":
                plain = BeadEdit(**{name: value for name, value in given_[1].items() if name not in RELATIONS})
                wanted = BulkChange(ids=[ids[n] for n in given_[0]] or [ids[one]], change=plain, add_tags=["bulk"])
                await service.update_all(tx, wanted, actor=PERSON)
        return service.last_change(tx)


async def _undo(db: Database, change_id: str) -> str:
    async with db.write() as tx:
        return (await service.undo(tx, change_id, actor=PERSON)).change_id or ""


async def _state(db: Database) -> dict[str, Any]:
    """Every tracked column of every bead with its dependencies."""
    async with db.read() as tx:
        state = {bead.id: values(bead) for bead in (await tx.execute(select(Bead))).scalars()}
        for bead in state.values():
            bead[DEPENDENCIES] = []
        order = select(Dependency).order_by(col(Dependency.bead_id), col(Dependency.depends_on_id))
        for link in (await tx.execute(order)).scalars():
            state[link.bead_id][DEPENDENCIES].append(link_value(link))
    return state


async def _check_replay(db: Database, first: dict[str, Any], last: dict[str, Any]) -> None:
    """The rows of each field lead without a gap from its first value to its last one."""
    at: dict[str, dict[str, Any]] = {bead_id: dict(state) for bead_id, state in first.items()}
    async with db.read() as tx:
        rows = (await tx.execute(select(FieldChange).order_by(col(FieldChange.seq)))).scalars().all()
    for row in rows:
        if row.field in OF_STANDING:
            assert {name: at[row.bead_id][name] for name in STANDING} == row.before
            at[row.bead_id] |= row.after
        elif row.field in (*PLAIN, DEPENDENCIES):
            assert at[row.bead_id][row.field] == row.before
            at[row.bead_id][row.field] = row.after
        else:
            assert row.field in (*RELATIONS, CREATED)
        assert not row.shown or row.field == DEPENDENCIES or _told(row) or row.field == CREATED
    assert at == last


def _told(row: FieldChange) -> bool:
    return bool(shown_value(row.field, row.before) != shown_value(row.field, row.after))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=10)
@given(steps=st.lists(STEP, min_size=3, max_size=12))
async def test_undoing_restores_exactly_and_the_history_leads_to_the_present(db: Database, steps: list[Any]) -> None:
    async with db.write() as tx:
        for model in (FieldChange, Dependency, Bead, Project):
            await tx.execute(delete(model))
    await project(db)
    await project(db, "q")
    async with db.write() as tx:
        ids: list[str] = []
        for number in range(COUNT):
            wanted = service.draft(project_id="p", title=str(number), blocked_by=ids[:1], related_to=ids[1:2])
            ids.append((await service.create(tx, wanted, actor=PERSON)).id)
    states, changes = [await _state(db)], []
    for step in steps:
        try:
            change_id = await _do(db, ids, step)
        except LoomError:
            assert await _state(db) == states[-1]
            continue
        after = await _state(db)
        assert (change_id is None) == (after == states[-1])
        if change_id is not None:
            back = await _undo(db, change_id)
            assert await _state(db) == states[-1]
            changes.append(await _undo(db, back))
            assert await _state(db) == after
            states.append(after)
    await _check_replay(db, states[0], states[-1])
    for change_id, before in zip(reversed(changes), reversed(states[:-1]), strict=True):
        await _undo(db, change_id)
        assert await _state(db) == before
    await _check_replay(db, states[0], states[0])
