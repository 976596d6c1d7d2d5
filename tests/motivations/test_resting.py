"""Rest: met once however long it lasts, never before anything was done, and never paid for in vain."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus, PausedBecause
from loom_app.events.service import append
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import now
from loom_app.ledger.models import BudgetWindow
from loom_app.motivations import by_hand
from loom_app.motivations.models import Condition
from loom_app.motivations.registering import ensure_defaults
from loom_app.runs.models import Run
from tests.motivations.stage import PERSON, Stage
from tests.support import money, rows

FULL = (
    "ceo",
    "cfo",
    "decision-maker",
    "devops-engineer",
    "documentation-manager",
    "housekeeping-bot",
    "product-manager",
)


async def test_a_fresh_loom_with_everybody_in_it_does_nothing_by_itself(stage: Stage) -> None:
    await ensure_defaults(stage.db)
    await stage.project("kitchen", *FULL)
    for hours in range(0, 24 * 3, 6):
        assert (await stage.tick(_on(now(), hours))).fired in (0, 1)
    assert {one.motivation_name for one in await stage.fired()} <= {"Daily Maintenance"}
    assert await stage.stimuli() == []


async def test_rest_after_work_is_met_once_by_each_and_their_own_work_begins_no_other(stage: Stage) -> None:
    await ensure_defaults(stage.db)
    await stage.project("kitchen", *FULL)
    await stage.bead()
    begun = now()
    assert (await stage.tick(begun + timedelta(minutes=19))).fired == 1, "the project has rested for 15 minutes"
    for minutes in (21, 31, 46, 61, 400, 900):
        await stage.tick(begun + timedelta(minutes=minutes))
    causes = [(one.motivation_name, one.cause) for one in await stage.fired() if one.cause.startswith("idle:")]
    assert len(causes) == len(set(causes)) == 6
    cleanup = next(bead for bead in await stage.stimuli() if bead.title == "Tidy up Kitchen")
    agent = await rows.agent(stage.db)
    async with stage.db.write() as tx:
        for subject in (cleanup.id, None):
            actor = agent_actor(agent, "Qa", "kitchen")
            append(tx, "run.action_ended", actor=actor, project_id="kitchen", subject_id=subject)
    before = len(await stage.fired())
    await stage.tick(begun + timedelta(minutes=1_400))
    assert len([one for one in (await stage.fired())[before:] if one.cause.startswith("idle:")]) == 0
    await stage.bead()
    await stage.tick(begun + timedelta(days=3))
    assert len([one for one in (await stage.fired())[before:] if one.cause.startswith("idle:")]) == 6


async def test_what_a_ceo_is_to_do_waits_for_a_person(stage: Stage) -> None:
    await stage.project("kitchen", "ceo")
    await stage.motivation(Condition.BEAD_CREATED, agent_role="ceo", create_bead=True)
    await stage.bead()
    await stage.tick()
    (bead,) = await stage.stimuli()
    assert "requires-human-config" in bead.tags
    assert not any(tag.startswith("role:") for tag in bead.tags)


async def test_nothing_is_filed_in_vain_without_a_provider_or_with_a_budget_used_up(stage: Stage) -> None:
    await stage.project("kitchen", "housekeeping-bot")
    asked: dict[str, Any] = {
        "agent_role": "housekeeping-bot",
        "create_bead": True,
        "parameters": {"idle_duration": "20m"},
    }
    motivation = await stage.motivation(Condition.SYSTEM_IDLE, **asked)
    await stage.bead()
    moment = now() + timedelta(hours=1)
    await _pause(stage, PausedBecause.PROVIDER)
    assert (await stage.tick(moment)).fired == 0
    await _pause(stage, PausedBecause.NOBODY)
    budget = money.budget(limit=100)
    async with stage.db.write() as tx:
        tx.add(budget)
        await tx.flush()
        starts, ends = moment - timedelta(hours=2), moment + timedelta(days=1)
        tx.add(BudgetWindow(budget_id=budget.id, used_micros=100, starts_at=starts, ends_at=ends))
    assert (await stage.tick(moment)).fired == 0
    async with stage.db.write() as tx:
        (await tx.get(type(budget), budget.id)).limit_micros = 10_000  # type: ignore[union-attr]
    assert (await stage.tick(moment)).fired == 1, "it stayed due"
    assert not (await stage.verdict(motivation)).would_fire


async def test_an_agent_and_a_project_that_rest(stage: Stage) -> None:
    await stage.project("kitchen", "qa-engineer", "qa-engineer")
    await stage.motivation(Condition.AGENT_IDLE, parameters={"idle_duration": "2h"})
    await stage.motivation(Condition.PROJECT_IDLE)
    await stage.bead()
    moment = now()
    assert (await stage.tick(moment + timedelta(minutes=14))).fired == 0
    assert (await stage.tick(moment + timedelta(minutes=16))).fired == 1
    assert (await stage.tick(moment + timedelta(hours=3))).fired == 2
    assert len({one.about for one in await stage.fired() if one.about}) == 2
    assert (await stage.tick(moment - timedelta(days=1))).fired == 0


async def _pause(stage: Stage, because: PausedBecause) -> None:
    status = AgentStatus.PAUSED if because else AgentStatus.IDLE
    async with stage.db.write() as tx:
        await tx.execute(update(Agent).values({col(Agent.status): status, col(Agent.paused_because): because}))


def _on(moment: datetime, hours: float) -> datetime:
    return moment + timedelta(hours=hours)


async def test_whoever_sees_some_projects_is_told_of_their_rest_alone(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.project("kitchen", "qa-engineer")
    await stage.project("hidden", "qa-engineer")
    motivation = await stage.motivation(Condition.SYSTEM_IDLE, parameters={"idle_duration": "1m"})
    await stage.bead()
    working = await stage.bead(project_id="hidden")
    async with stage.db.write() as tx:
        agent = (await tx.execute(select(col(Agent.id)).where(col(Agent.project_id) == "hidden"))).scalar_one()
        run = Run(id="r", bead_id=working, project_id="hidden", agent_id=agent, provider_id="", model="", token=1)
        tx.add(run)
    two_hours_on = now() + timedelta(hours=2)
    monkeypatch.setattr(by_hand, "now", lambda: two_hours_on)
    member = replace(PERSON, projects=frozenset({"kitchen"}))
    async with stage.db.read() as tx:
        whole = await by_hand.evaluate_one(tx, motivation, settings=stage.settings)
        seen = await by_hand.evaluate_one(tx, motivation, settings=stage.settings, actor=member)
    assert (whole.evidence["who"], whole.would_fire, whole.evidence["rest_seconds"]) == ("all of Loom", False, 0)
    assert (seen.evidence["who"], seen.would_fire) == ("the projects you see", True)
    assert seen.evidence["rest_seconds"] >= 7_000
    assert whole.cause != seen.cause, "nor does the cause tell of what happened elsewhere"
