"""A milestone that comes near or goes by wakes whoever it concerns, once for its date."""

from datetime import UTC, datetime, timedelta
from typing import Any

from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.milestones import service as milestones
from loom_app.milestones.schemas import MilestoneChange, MilestoneDraft
from loom_app.motivations.models import Condition
from loom_app.motivations.registering import ensure_defaults
from loom_app.projects.models import Project
from tests.motivations.stage import Stage


async def milestone(stage: Stage, due: datetime, **more: Any) -> str:
    async with stage.db.write() as tx:
        draft = MilestoneDraft(name="Opening night", due_date=due, **more)
        return (await milestones.create(tx, "kitchen", draft, actor=SYSTEM)).id


async def test_a_milestone_three_days_off_wakes_qa_with_work_once_and_again_when_its_date_moves(stage: Stage) -> None:
    await ensure_defaults(stage.db)
    await stage.project("kitchen", "qa-engineer")
    moment = now()
    found = await milestone(stage, moment + timedelta(days=4))
    assert (await stage.tick(moment)).fired == 0
    due = moment + timedelta(days=3)
    async with stage.db.write() as tx:
        await milestones.update(tx, found, MilestoneChange(due_date=due), actor=SYSTEM)
    assert (await stage.tick(moment)).fired == 1
    assert (await stage.tick(moment + timedelta(hours=1))).fired == 0
    (fired,) = await stage.fired()
    assert (fired.motivation_name, fired.result) == ("Release Approaching - QA Sweep", "success")
    assert fired.cause == f"milestone:{found}@{due:%Y-%m-%d}"
    assert (fired.evidence["milestone"], fired.evidence["days_left"]) == (found, 3)
    (bead,) = await stage.stimuli()
    assert bead.id == fired.bead_created
    assert bead.title == f"QA sweep before Opening night (in 3 days, {due:%Y-%m-%d})"
    assert "role:qa-engineer" in bead.tags
    assert fired.agent_woken
    (told,) = await stage.events("motivation.fired")
    assert (told.subject_id, told.data["bead_id"]) == (fired.motivation_id, bead.id)
    nearer = moment + timedelta(days=2)
    async with stage.db.write() as tx:
        await milestones.update(tx, found, MilestoneChange(due_date=nearer), actor=SYSTEM)
    assert (await stage.tick(moment + timedelta(hours=25))).fired == 1
    again = (await stage.fired())[-1]
    assert (again.result, again.bead_created) == ("skipped", bead.id), "the work for it is open already"


async def test_each_milestone_is_a_cause_of_its_own_and_those_reached_are_none(stage: Stage) -> None:
    await stage.project()
    await stage.motivation(Condition.DEADLINE_APPROACH, cooldown_minutes=600, parameters={"days_threshold": 3})
    moment = now()
    for days in (1, 2, 3, 9):
        await milestone(stage, moment + timedelta(days=days))
    await milestone(stage, moment + timedelta(days=1), status="complete")
    await milestone(stage, moment + timedelta(days=1), status="cancelled")
    assert (await stage.tick(moment)).fired == 3
    assert (await stage.tick(moment + timedelta(minutes=1))).fired == 0


async def test_a_date_that_has_gone_by_is_told_once_and_one_of_long_ago_never(stage: Stage) -> None:
    await stage.project()
    motivation = await stage.motivation(Condition.DEADLINE_PASSED, create_bead=True, bead_template="overdue-review")
    moment = now()
    late = await milestone(stage, moment - timedelta(days=1))
    await milestone(stage, moment - timedelta(days=40))
    await milestone(stage, moment + timedelta(days=1))
    await milestones.note_missed(stage.db)
    assert (await stage.tick(moment)).fired == 1
    assert [one.about for one in await stage.fired()] == [late]
    assert (await stage.stimuli())[0].title.startswith("Overdue: Opening night (overdue, ")
    verdict = await stage.verdict(motivation)
    assert not verdict.would_fire
    assert "it has fired for this already" in verdict.why


async def test_only_milestones_of_one_type_where_that_is_named_and_a_projects_own_date_counts(stage: Stage) -> None:
    await stage.project()
    only = {"days_threshold": 5, "milestone_type": "release"}
    await stage.motivation(Condition.DEADLINE_APPROACH, name="releases", parameters=only)
    await stage.motivation(Condition.DEADLINE_APPROACH, name="all", parameters={"days_threshold": 5})
    moment = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    await milestone(stage, datetime(2026, 11, 28, 0, 30, tzinfo=UTC), type="release")
    await milestone(stage, datetime(2026, 11, 28, 0, 30, tzinfo=UTC), type="sprint_end")
    async with stage.db.write() as tx:
        project = await tx.get(Project, "kitchen")
        assert project is not None
        project.due_date = datetime(2026, 11, 27, tzinfo=UTC)
    await stage.tick(moment)
    names = [one.motivation_name for one in await stage.fired()]
    assert sorted(names) == ["all", "all", "all", "releases"]
