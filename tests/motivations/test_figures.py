"""Figures that go past what is allowed: money, tests, coverage, how much gets done."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loom_app.actions.counting import read_coverage
from loom_app.beads.models import Bead, BeadStatus
from loom_app.kernel.clock import now
from loom_app.ledger.models import BudgetWindow, Scope
from loom_app.ledger.windows import bounds
from loom_app.motivations.models import Condition
from loom_app.projects import service as projects
from loom_app.runs.models import Run, RunStatus, SuiteRun
from tests.motivations.stage import MONDAY, Stage
from tests.support import money


async def test_a_budget_is_told_of_from_where_it_warns_once_a_window(stage: Stage) -> None:
    await stage.project()
    own = await stage.motivation(Condition.COST_EXCEEDED, name="own", parameters={"threshold_percent": 50})
    await stage.motivation(Condition.COST_EXCEEDED, name="usual")
    await stage.motivation(Condition.COST_EXCEEDED, name="monthly", parameters={"period": "monthly"})
    budget = money.budget(Scope.PROJECT, "kitchen", limit=1_000, project_id="kitchen")
    other = money.budget(Scope.PROJECT, "bakery", limit=1_000, project_id="bakery")
    async with stage.db.write() as tx:
        tx.add_all([budget, other])
        await tx.flush()
        for one, used in ((budget, 600), (other, 1_000)):
            tx.add(
                BudgetWindow(budget_id=one.id, starts_at=_day(), ends_at=_day() + timedelta(days=1), used_micros=used)
            )
    assert (await stage.tick()).fired == 1
    (fired,) = await stage.fired()
    assert (fired.motivation_id, fired.evidence["percent"], fired.about) == (own.id, 60.0, budget.id)
    await _use(stage, budget.id, 900)
    assert (await stage.tick()).fired == 1
    assert (await stage.tick()).fired == 0
    assert [one.motivation_name for one in await stage.fired()] == ["own", "usual"]


async def test_dollars_of_a_project_since_the_day_began(stage: Stage) -> None:
    await stage.project()
    motivation = await stage.motivation(Condition.COST_EXCEEDED, parameters={"threshold_usd": 0.5})
    async with stage.db.write() as tx:
        call = await money.reserve(tx, 400_000, project_id="kitchen")
        await money.settle(tx, call, 400_000)
    verdict = await stage.verdict(motivation)
    assert (verdict.would_fire, verdict.evidence["spent_micros"]) == (False, 400_000)
    assert "$0.40 of $0.50" in verdict.why
    async with stage.db.write() as tx:
        call = await money.reserve(tx, 100_000, project_id="kitchen")
        await money.settle(tx, call, 100_000)
    assert (await stage.tick()).fired == 1
    assert (await stage.tick()).fired == 0


async def test_tests_that_fail_are_one_cause_until_they_pass(stage: Stage) -> None:
    await stage.project()
    await stage.motivation(Condition.TEST_FAILURE, create_bead=True)
    twice = await stage.motivation(Condition.TEST_FAILURE, name="twice", parameters={"failures": 2})
    await _tested(stage, "run-0", success=True)
    await _tested(stage, "run-1", success=False, over=False)
    assert (await stage.tick()).fired == 0, "a run that goes on may still mend them"
    await _tested(stage, "run-2", success=False)
    assert (await stage.tick()).fired == 1
    for number in range(3, 9):
        await _tested(stage, f"run-{number}", success=False)
        await stage.tick()
    assert len(await stage.stimuli()) == 1
    assert len(await stage.fired(motivation_id=twice.id)) == 1
    await _tested(stage, "run-green", success=False, then=True)
    assert "The last tests passed" in (await stage.verdict(twice)).why
    await _tested(stage, "run-red", success=False)
    assert (await stage.tick()).fired == 1
    assert (await stage.fired())[-1].result == "skipped", "its bead is open still"


async def test_a_branch_on_which_tests_fail_is_told_of_once_each_time(stage: Stage) -> None:
    await stage.project()
    await stage.motivation(Condition.TEST_FAILURE)
    for red, fired in (("test_bake", 1), ("test_bake, test_mix", 0), ("", 0), ("test_bake", 1)):
        async with stage.db.write() as tx:
            await projects.note_branch(tx, "kitchen", red=red)
        assert (await stage.tick()).fired == fired
    assert (await stage.fired())[0].evidence["branch_red"] == "test_bake"


async def test_coverage_is_told_of_when_it_falls_below(stage: Stage) -> None:
    await stage.project()
    motivation = await stage.motivation(Condition.COVERAGE_DROPPED, parameters={"threshold_percent": 80})
    assert "No tests have told" in (await stage.verdict(motivation)).why
    for coverage, fired in ((85.0, 0), (79.5, 1), (60.0, 0), (80.0, 0), (10.0, 1), (None, 0)):
        await _tested(stage, f"run-{coverage}", success=True, coverage=coverage)
        assert (await stage.tick()).fired == fired, coverage
    assert [one.evidence["coverage"] for one in await stage.fired()] == [79.5, 10.0]


async def test_fewer_beads_finished_than_in_as_many_days_before(stage: Stage) -> None:
    await stage.project()
    motivation = await stage.motivation(Condition.VELOCITY_DROP)
    rows = [(days, f"old-{days}-{n}") for days in (8, 10) for n in range(4)] + [(2, f"new-{n}") for n in range(7)]
    async with stage.db.write() as tx:
        for days, bead_id in rows:
            closed = MONDAY - timedelta(days=days)
            tx.add(Bead(id=bead_id, project_id="kitchen", title="x", status=BeadStatus.DONE, closed_at=closed))
    assert (await stage.tick(MONDAY)).fired == 0, "7 after 8 is an eighth less, no fifth"
    async with stage.db.write() as tx:
        for number in range(2):
            bead = await tx.get(Bead, f"new-{number}")
            assert bead is not None
            bead.closed_at = MONDAY - timedelta(days=9)
    assert (await stage.tick(MONDAY)).fired == 1
    assert (await stage.tick(MONDAY + timedelta(hours=1))).fired == 0
    (fired,) = await stage.fired()
    assert (fired.cause, fired.evidence["finished"], fired.evidence["before"]) == ("velocity:2026-W48", 5, 10)
    assert not (await stage.verdict(motivation)).would_fire


@pytest.mark.parametrize(
    ("output", "percent"),
    [
        ("TOTAL      120     18    85%\n", 85.0),
        ("TOTAL    120   18   40   4   84.62%\n==== 3 passed in 0.1s ====", 84.62),
        ("All files |   91.3 |    80 |   70 |   90.1 | \n", 91.3),
        ("Statements   : 77.5% ( 31/40 )\n", 77.5),
        ("ok   kitchen 0.01s  coverage: 63.4% of statements\n", 63.4),
        ("total:\t(statements)\t71.0%\n", 71.0),
        ("62.50% coverage, 5/8 lines covered\n", 62.5),
        ("TOTAL 120 18 850%\n", None),
        ("3 passed in 0.1s\n", None),
    ],
)  # fmt: skip
def test_coverage_is_read_from_what_the_usual_tools_print(output: str, percent: float | None) -> None:
    assert read_coverage(output) == percent


def _day() -> Any:
    return bounds("daily", now(), ZoneInfo("UTC"))[0]


async def _use(stage: Stage, budget_id: str, used: int) -> None:
    async with stage.db.write() as tx:
        window = await tx.get(BudgetWindow, (budget_id, _day()))
        assert window is not None
        window.used_micros = used


async def _tested(
    stage: Stage,
    run_id: str,
    *,
    success: bool,
    over: bool = True,
    then: bool | None = None,
    coverage: float | None = None,
) -> None:
    """A run whose tests said so, and in the end said what `then` is."""
    async with stage.db.write() as tx:
        if await tx.get(Bead, "kitchen-1") is None:
            tx.add(Bead(id="kitchen-1", project_id="kitchen", title="x", status=BeadStatus.BLOCKED))
            await tx.flush()
        ended = now() if over else None
        tx.add(
            Run(
                id=run_id, bead_id="kitchen-1", project_id="kitchen", agent_id="a", provider_id="m", model="m", token=1,
                status=RunStatus.FINISHED if over else RunStatus.RUNNING, ended_at=ended,
            )
        )  # fmt: skip
        await tx.flush()
        for said in (success, then):
            if said is not None:
                tx.add(
                    SuiteRun(
                        project_id="kitchen", run_id=run_id, bead_id="kitchen-1", success=said, failed=int(not said),
                        coverage=coverage,
                    )
                )  # fmt: skip
                await tx.flush()
