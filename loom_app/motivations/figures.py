"""Conditions about figures: what work costs, what tests say, how much gets done."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.clock import rfc3339
from loom_app.kernel.money import Micros, dollars
from loom_app.motivations import measuring
from loom_app.motivations.calendar import month, slot
from loom_app.motivations.models import Condition, Motivation
from loom_app.motivations.parameters import Cost, Coverage, Tests, Velocity
from loom_app.motivations.scene import Finding, Place, Scene

DAY = timedelta(days=1)


async def passed(tx: AsyncSession, scene: Scene) -> list[Finding]:
    """Every figure that is past what a motivation allows."""
    found: list[Finding] = []
    for look in (_costs, _tests, _coverage, _velocity):
        found += await look(tx, scene)
    return [finding for finding in found if finding.holds or scene.explain]


async def _costs(tx: AsyncSession, scene: Scene) -> list[Finding]:
    wanted = [(one, scene.given(one)) for one in scene.of(Condition.COST_EXCEEDED)]
    if not wanted:
        return []
    budgets = await measuring.budgets(tx, scene.moment)
    periods = {given.period for _, given in wanted if isinstance(given, Cost) and given.threshold_usd is not None}
    spent = {period: await measuring.spent(tx, _began(period, scene.moment)) for period in periods}
    found: list[Finding] = []
    for motivation, given in wanted:
        assert isinstance(given, Cost)
        for place in scene.where(motivation):
            if given.threshold_usd is not None:
                found.append(_by_dollars(scene, motivation, place, given, spent[given.period].get(place.id, 0)))
            else:
                found += _by_budget(motivation, place, given, budgets)
    return found


def _began(period: str, moment: datetime) -> datetime:
    return month(moment) if period == "monthly" else slot(moment, DAY)


def _by_dollars(scene: Scene, motivation: Motivation, place: Place, given: Cost, micros: int) -> Finding:
    assert given.threshold_usd is not None
    limit, began = round(given.threshold_usd * 1_000_000), _began(given.period, scene.moment)
    return Finding(
        motivation, place, f"cost:{given.period}@{began:%Y-%m-%d}:{limit}",
        f"{dollars(Micros(micros))} of {dollars(Micros(limit))} since {began:%Y-%m-%d}",
        {"period": given.period, "since": rfc3339(began), "spent_micros": micros, "threshold_micros": limit},
        about="cost", holds=micros >= limit,
    )  # fmt: skip


def _by_budget(motivation: Motivation, place: Place, given: Cost, budgets: Sequence[Any]) -> Iterator[Finding]:
    """The budgets of the project, of its agents and of the whole system."""
    meant = [row for row in budgets if row.window == given.period and row.project_id in ("", place.id)]
    for row in meant:
        percent = row.used_micros * 100 / row.limit_micros
        least = given.threshold_percent or row.alert_percent
        yield Finding(
            motivation, place, f"budget:{row.id}@{row.starts_at:%Y-%m-%d}",
            f"{percent:.0f} % of the {row.window} budget of {row.scope_id or 'all of Loom'} is used",
            {
                "budget": row.id, "scope": row.scope, "scope_id": row.scope_id, "window": row.window,
                "used_micros": row.used_micros, "limit_micros": row.limit_micros, "percent": round(percent, 1),
                "threshold_percent": least,
            },
            about=row.id, holds=percent >= least,
        )  # fmt: skip
    if not meant:
        yield Finding(motivation, place, "", f"nothing was spent under a {given.period} budget yet", holds=False)


async def _tests(tx: AsyncSession, scene: Scene) -> list[Finding]:
    wanted = scene.of(Condition.TEST_FAILURE)
    if not wanted:
        return []
    verdicts = await measuring.verdicts(tx)
    failing = [project_id for project_id, runs in verdicts.items() if not runs[0].success]
    green = await measuring.last_green(tx, failing)
    red = await measuring.red_since(tx, [place.id for place in scene.places.values() if place.branch_red])
    return [
        _failing(scene, motivation, place, verdicts.get(place.id, []), green, red)
        for motivation in wanted
        for place in scene.where(motivation)
    ]


def _failing(
    scene: Scene, motivation: Motivation, place: Place, runs: Sequence[Any], green: Mapping[str, int],
    red: Mapping[str, int],
) -> Finding:  # fmt: skip
    given = scene.given(motivation)
    assert isinstance(given, Tests)
    if place.branch_red:
        evidence = {"branch_red": place.branch_red[:300], "event": red.get(place.id, 0)}
        return Finding(motivation, place, f"branch-red:{red.get(place.id, 0)}", "tests fail on the branch", evidence)
    row = next((at for at, one in enumerate(runs) if one.success), len(runs))
    what = f"{row} run{'s' * (row != 1)} in a row ended with tests that fail" if row else "the last tests passed"
    evidence = (
        {"run": runs[0].run_id, "bead": runs[0].bead_id, "failed": runs[0].failed, "in_a_row": row} if row else {}
    )
    cause = f"tests-since:{green.get(place.id, 0)}"
    return Finding(motivation, place, cause, what, evidence, holds=row >= given.failures)


async def _coverage(tx: AsyncSession, scene: Scene) -> list[Finding]:
    wanted = [(one, scene.given(one)) for one in scene.of(Condition.COVERAGE_DROPPED)]
    if not wanted:
        return []
    latest = await measuring.coverage(tx)
    above = {
        least: await measuring.last_covered(tx, least)
        for least in {given.threshold_percent for _, given in wanted if isinstance(given, Coverage)}
    }
    return [
        _covered(motivation, place, given, latest.get(place.id), above[given.threshold_percent].get(place.id, 0))
        for motivation, given in wanted
        for place in scene.where(motivation)
        if isinstance(given, Coverage)
    ]


def _covered(motivation: Motivation, place: Place, given: Coverage, row: Any, above: int) -> Finding:
    least = given.threshold_percent
    if row is None:
        return Finding(motivation, place, "", "no tests have told of coverage yet", holds=False)
    evidence = {"coverage": row.coverage, "threshold_percent": least, "run": row.run_id, "bead": row.bead_id}
    what = f"the tests cover {row.coverage:g} % where {least:g} % are wanted"
    return Finding(motivation, place, f"coverage<{least:g}:{above}", what, evidence, holds=row.coverage < least)


async def _velocity(tx: AsyncSession, scene: Scene) -> list[Finding]:
    wanted = [(one, scene.given(one)) for one in scene.of(Condition.VELOCITY_DROP)]
    lengths = {given.days for _, given in wanted if isinstance(given, Velocity)}
    done = {days: await measuring.done(tx, scene.moment, timedelta(days=days)) for days in lengths}
    return [
        _slower(scene, motivation, place, given, done[given.days].get(place.id, (0, 0)))
        for motivation, given in wanted
        for place in scene.where(motivation)
        if isinstance(given, Velocity)
    ]


def _slower(scene: Scene, motivation: Motivation, place: Place, given: Velocity, done: tuple[int, int]) -> Finding:
    before, lately = done
    drop = (before - lately) * 100 / before if before else 0.0
    year, week, _ = scene.moment.isocalendar()
    return Finding(
        motivation, place, f"velocity:{year}-W{week:02}",
        f"{lately} beads were finished in {given.days} days, {before} in as many before",
        {"finished": lately, "before": before, "days": given.days, "drop_percent": round(drop, 1)},
        holds=before >= given.least and drop >= given.threshold_percent,
    )  # fmt: skip
