"""What happens becomes a cause once: each event is heard, none twice, and a storm of one is one."""

from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.clock import now
from loom_app.messages.models import Message
from loom_app.milestones import service as milestones
from loom_app.milestones.schemas import MilestoneDraft
from loom_app.motivations import service
from loom_app.motivations.models import Condition, MotivationCause, TriggerResult
from loom_app.motivations.registering import ensure_defaults
from loom_app.motivations.ticking import Ticked
from loom_app.runs.models import Run
from tests.motivations.stage import PERSON, Stage, later
from tests.support import rows

ISSUE: dict[str, Any] = {
    "action": "opened",
    "number": 7,
    "repository": "ann/kitchen",
    "title": "Burnt",
    "url": "https://x/7",
}


async def test_a_storm_of_one_cause_is_one_bead_and_loses_nothing(stage: Stage) -> None:
    await stage.project()
    await stage.motivation(Condition.GITHUB_ISSUE_OPENED, create_bead=True)
    for delivery in range(10):
        await stage.happen("external.github_issue", times=1_000, delivery=str(delivery), **ISSUE)
    assert (await stage.tick()).fired == 1
    assert (await stage.tick()).fired == 0
    assert len(await stage.stimuli()) == 1
    (fired,) = await stage.fired()
    assert fired.cause == "external.github_issue:ann/kitchen#7"
    assert (fired.evidence["times"], fired.evidence["number"]) == (10_000, 7)
    await stage.happen("external.github_issue", times=3, **ISSUE)
    assert (await stage.tick()).fired == 0
    async with stage.db.read() as tx:
        (cause,) = (await tx.execute(select(MotivationCause))).scalars()
    assert cause.times == 10_003


async def test_distinct_causes_each_get_their_bead_over_the_cooldown_and_wakes_are_told_together(stage: Stage) -> None:
    await stage.project()
    files = await stage.motivation(Condition.GITHUB_ISSUE_OPENED, create_bead=True, cooldown_minutes=30)
    wakes = await stage.motivation(Condition.GITHUB_ISSUE_OPENED, name="wakes", cooldown_minutes=30, priority=90)
    for number in (1, 2, 3):
        await stage.happen("external.github_issue", **{**ISSUE, "number": number})
    await stage.happen("external.github_issue", **{**ISSUE, "number": 9, "action": "closed"})
    assert (await stage.tick(later(0))).fired == 2
    (told,) = await stage.fired(motivation_id=wakes.id)
    assert [one["number"] for one in told.evidence["all"]] == [1, 2, 3]
    assert (await stage.tick(later(29))).fired == 0
    assert (await stage.tick(later(30))).fired == 1
    assert (await stage.tick(later(60))).fired == 1
    assert (await stage.tick(later(90))).fired == 0
    assert [one.evidence["number"] for one in await stage.fired(motivation_id=files.id)] == [1, 2, 3]
    assert [bead.status for bead in await stage.stimuli()] == ["open"] * 3


async def test_at_most_ten_fire_at_once_the_most_pressing_first_and_the_others_stay_due(stage: Stage) -> None:
    await stage.project()
    for priority in range(25):
        await stage.motivation(Condition.BEAD_CREATED, name=f"m{priority}", priority=priority)
    await stage.bead()
    assert [await stage.tick() for _ in range(4)] == [
        Ticked(10, 15), Ticked(10, 5), Ticked(5, 0), Ticked(0, 0),
    ]  # fmt: skip
    assert [one.motivation_name for one in await stage.fired()] == [f"m{number}" for number in range(24, -1, -1)]


async def test_each_kind_of_event_is_heard_with_its_own_wishes(stage: Stage) -> None:
    await stage.project()
    for condition, parameters in (
        (Condition.BEAD_CREATED, {"bead_type": "bug", "priority": 1}),
        (Condition.BEAD_STATUS_CHANGED, {"target_status": "blocked"}),
        (Condition.BEAD_STATUS_CHANGED, {"target_status": "in_progress"}),
        (Condition.BEAD_COMPLETED, {}),
        (Condition.DECISION_PENDING, {"risk": "medium"}),
        (Condition.DECISION_PENDING, {"risk": "critical"}),
        (Condition.RELEASE_PUBLISHED, {}),
        (Condition.GITHUB_COMMENT_ADDED, {"repository": "Ann/Kitchen"}),
        (Condition.GITHUB_PR_OPENED, {"repository": "bob/kitchen"}),
        (Condition.WEBHOOK_RECEIVED, {}),
    ):
        wish = ",".join(map(str, parameters.values()))
        await stage.motivation(condition, name=f"{condition}:{wish}", parameters=parameters)
    await stage.bead(type="bug", priority=2)
    urgent = await stage.bead(type="bug", priority=0)
    async with stage.db.write() as tx:
        await beads.set_status(tx, urgent, BeadStatus.BLOCKED, actor=PERSON, reason="No oven.")
        await beads.set_status(tx, urgent, BeadStatus.DONE, actor=PERSON, reason="Done.")
    await stage.happen("decision.created", subject="dec-1", risk="high", question="Salt?")
    await stage.happen("external.release", action="published", repository="ann/kitchen", tag="v1")
    await stage.happen("external.release", action="released", repository="ann/kitchen", tag="v1")
    await stage.happen("external.release", action="deleted", repository="ann/kitchen", tag="v0")
    await stage.happen("external.github_comment", action="created", repository="ann/kitchen", delivery="1")
    await stage.happen("external.github_pr", action="opened", repository="ann/kitchen", number=3)
    await stage.happen("external.webhook", delivery="2")
    await stage.tick()
    assert sorted(one.motivation_name for one in await stage.fired()) == sorted(
        [
            "bead_created:bug,1", "bead_status_changed:blocked", "bead_completed:", "decision_pending:medium",
            "release_published:", "github_comment_added:Ann/Kitchen", "webhook_received:",
        ]
    )  # fmt: skip


async def test_only_the_last_bead_of_a_milestone_ends_it(stage: Stage) -> None:
    await stage.project()
    await stage.motivation(Condition.BEAD_COMPLETED, parameters={"milestone_only": True})
    async with stage.db.write() as tx:
        found = await milestones.create(tx, "kitchen", MilestoneDraft(name="Opening"), actor=SYSTEM)
    first, second = await stage.bead(milestone_id=found.id), await stage.bead(milestone_id=found.id)
    for bead_id, fired in ((first, 0), (second, 1)):
        async with stage.db.write() as tx:
            await beads.set_status(tx, bead_id, BeadStatus.DONE, actor=PERSON, reason="Done.")
        assert (await stage.tick()).fired == fired


async def test_what_happens_before_the_first_look_is_heard_and_what_comes_while_it_is_off_is_not(stage: Stage) -> None:
    await stage.project("kitchen", "decision-maker")
    await ensure_defaults(stage.db)
    await stage.happen("decision.created", subject="dec-1", question="Salt?")
    assert (await stage.tick()).fired == 1
    async with stage.db.write() as tx:
        motivation = await service.get(tx, (await stage.fired())[0].motivation_id)
        await service.disable(tx, motivation.id, actor=SYSTEM)
    await stage.happen("decision.created", subject="dec-2", question="Pepper?")
    assert (await stage.tick()).fired == 0
    async with stage.db.write() as tx:
        await service.enable(tx, motivation.id, actor=SYSTEM)
    assert (await stage.tick(later(10**6))).fired == 0


async def test_work_of_a_motivation_moves_no_other_that_files_work_but_wakes(stage: Stage) -> None:
    await stage.project()
    files = await stage.motivation(Condition.BEAD_CREATED, create_bead=True)
    wakes = await stage.motivation(Condition.BEAD_CREATED, name="wakes")
    await stage.bead()
    for _ in range(5):
        await stage.tick()
    assert len(await stage.stimuli()) == len(await stage.fired(motivation_id=files.id)) == 1
    (stimulus,) = await stage.stimuli()
    agent_id = await rows.agent(stage.db)
    async with stage.db.write() as tx:
        tx.add(
            Run(
                id="run-1", bead_id=stimulus.id, project_id="kitchen", agent_id=agent_id, provider_id="m", model="m",
                token=1, created_at=now(),
            )
        )  # fmt: skip
    child = await stage.bead(agent_actor(agent_id, "Qa", "kitchen"))
    for _ in range(5):
        await stage.tick()
    assert len(await stage.fired(motivation_id=files.id)) == 1, "what came of its own work begins nothing"
    assert child in {one.evidence["subject"] for one in await stage.fired(motivation_id=wakes.id)}


async def test_an_agent_is_told_in_words_and_a_full_inbox_is_said(stage: Stage) -> None:
    await stage.project()
    motivation = await stage.motivation(Condition.BEAD_CREATED)
    for number in range(21):
        await stage.bead(title=f"Loaf {number}")
        await stage.tick()
    last = (await stage.fired(motivation_id=motivation.id))[-1]
    assert (last.result, last.agent_woken) == (TriggerResult.SUCCESS, "")
    assert "too many messages" in last.error
    async with stage.db.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(Message))).scalar_one() == 20
        first = (await tx.execute(select(Message).order_by(col(Message.created_at)).limit(1))).scalar_one()
    assert first.subject == "bead created: Loaf 0"
    assert (first.from_agent_id, first.run_id) == ("", "")


async def test_an_event_of_a_project_without_the_role_is_nobodys(stage: Stage) -> None:
    await stage.project("kitchen", "code-reviewer")
    motivation = await stage.motivation(Condition.BEAD_CREATED)
    await stage.bead()
    assert (await stage.tick()).fired == 0
    assert "Nobody" in (await stage.verdict(motivation)).why
