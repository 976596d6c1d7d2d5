"""The motivations that come with Loom are there from the first start, and what people set of them stays."""

from collections import Counter

from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.motivations import repository, service
from loom_app.motivations.defaults import DEFAULTS, EVERY, PERPETUAL
from loom_app.motivations.models import CONDITIONS, Condition
from loom_app.motivations.parameters import MODELS, read
from loom_app.motivations.registering import ABOUT, ensure_defaults, register
from loom_app.motivations.schemas import MotivationChange
from loom_app.motivations.templates import TEMPLATES


def test_there_are_34_for_12_roles_and_15_recurring_tasks_that_are_off() -> None:
    roles = Counter(default.role for default in DEFAULTS)
    assert (len(DEFAULTS), len(roles), len(PERPETUAL)) == (34, 12, 15)
    assert len({default.key for default in EVERY}) == len({default.name for default in EVERY}) == 49
    assert all(default.enabled for default in DEFAULTS)
    assert not any(task.enabled for task in PERPETUAL)
    added = DEFAULTS[-1]
    assert (added.role, added.name, added.cooldown, added.priority, added.parameters) == (
        "decision-maker", "Blocked Bead - Unblock Review", 10, 75, {"target_status": "blocked"},
    )  # fmt: skip


def test_every_default_has_parameters_that_read_a_template_that_exists_and_words() -> None:
    for default in EVERY:
        read(default.condition, default.parameters)
        assert default.bead == "" or default.bead in TEMPLATES, default.key
        assert default.condition in ABOUT
    assert {default.bead for default in EVERY if default.bead} == set(TEMPLATES)
    assert set(MODELS) == set(Condition) == {one for many in CONDITIONS.values() for one in many}


async def test_they_are_registered_once_and_changes_of_people_survive_the_next_start(db: Database) -> None:
    await ensure_defaults(db)
    async with db.write() as tx:
        there = await repository.built_in(tx)
        assert len(there) == 49
        sweep = there["qa-release-sweep"]
        change = MotivationChange(priority=11, parameters={"days_threshold": 9})
        await service.update(tx, sweep.id, change, actor=SYSTEM)
        await service.disable(tx, there["ceo-approval"].id, actor=SYSTEM)
        there["em-test-failure"].name = "An older name"
    await ensure_defaults(db)
    async with db.write() as tx:
        again = await repository.built_in(tx)
        assert {key: one.id for key, one in again.items()} == {key: one.id for key, one in there.items()}
        sweep = again["qa-release-sweep"]
        assert (sweep.priority, sweep.parameters, sweep.changed) == (
            11,
            {"days_threshold": 9},
            ["parameters", "priority"],
        )
        assert not again["ceo-approval"].enabled
        assert again["em-test-failure"].name == "Test Failure Detected"
        assert await register(tx, actor=SYSTEM) == 0
