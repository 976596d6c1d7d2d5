"""What is due: every condition looked at, less what was fired for, what cools down and what would spend in vain."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.motivations import causes, deadlines, figures, hearing, measuring, moments, repository, resting
from loom_app.motivations.models import Condition, Motivation
from loom_app.motivations.scene import Finding, Mate, Place, Scene

OF_EACH = (Condition.DEADLINE_APPROACH, Condition.DEADLINE_PASSED, Condition.COST_EXCEEDED, Condition.AGENT_IDLE)
"""Conditions that cool down for each thing they are about by itself."""
OF_TIME_ALONE = frozenset({*moments.CONDITIONS, *resting.CONDITIONS})
"""Conditions that come about without anybody doing anything: work is only filed for them where it can be done."""


@dataclass(frozen=True)
class Checked:
    """A finding, and why it does not fire now; empty when it does."""

    finding: Finding
    why_not: str = ""


async def scene_of(
    tx: AsyncSession, moment: datetime, motivations: Sequence[Motivation] | None = None, *, explain: bool = False
) -> Scene:
    """The scene of all motivations that are on, or of these."""
    wanted = await repository.enabled(tx) if motivations is None else motivations
    team: dict[str, list[Mate]] = defaultdict(list)
    for row in await repository.team(tx):
        team[row.project_id].append(Mate(row.id, row.name, row.role, row.status, row.paused_because))
    places = {
        row.id: Place(row.id, row.name, row.created_at, row.due_date, row.branch_red, tuple(team[row.id]))
        for row in await repository.open_projects(tx)
    }
    return Scene(moment, wanted, places, explain)


async def found(tx: AsyncSession, scene: Scene, settings: Settings) -> list[Finding]:
    """What the conditions find; with `explain` also what does not hold."""
    return [
        *moments.come(scene),
        *await deadlines.near(tx, scene),
        *await hearing.waiting(tx, scene),
        *await figures.passed(tx, scene),
        *await resting.rested(tx, scene, settings.idle),
    ]


async def checked(tx: AsyncSession, scene: Scene, findings: Iterable[Finding]) -> list[Checked]:
    """What holds and was not fired for, with what keeps it from firing now, the most pressing first.

    With `explain` what was fired for comes after that.
    """
    holding = [one for one in findings if one.holds]
    known = await causes.fired(tx, (one.cause for one in holding))
    fresh, done = list[Finding](), list[Finding]()
    for one in holding:
        (done if (one.motivation.id, one.place.id, one.cause) in known else fresh).append(one)
    cooling = await _last(tx, scene, fresh)
    used_up = await measuring.used_up(tx, scene.moment) if any(_is_costly(one) for one in fresh) else set[str]()
    fresh.sort(key=lambda one: (-one.motivation.priority, one.seq, one.cause, one.place.id))
    told = [Checked(one, "it has fired for this already") for one in done] if scene.explain else []
    return [Checked(one, cools(one, cooling, scene.moment) or in_vain(one, used_up)) for one in fresh] + told


def cools(finding: Finding, last: Mapping[tuple[str, str, str], datetime], moment: datetime) -> str:
    """Until when it cools down, in words; empty when it does not.

    A firing at a moment that is still to come, for the clock was put back, does not count.
    """
    at = last.get(key_of(finding))
    until = at + timedelta(minutes=finding.motivation.cooldown_minutes) if at is not None else moment
    return f"it cools down until {until:%Y-%m-%d %H:%M} UTC" if at is not None and at <= moment < until else ""


def in_vain(finding: Finding, used_up: set[str]) -> str:
    """Why work that only the time asks for would be filed in vain, in words; empty when it would not."""
    if not _is_costly(finding):
        return ""
    if {"", finding.place.id} & used_up:
        return "a budget is used up, so the work would only wait"
    mates = finding.place.meant(finding.motivation)
    if not any(mate.can_work for mate in mates):
        return "nobody who is meant can work: they are paused, or no provider works"
    return ""


def _is_costly(finding: Finding) -> bool:
    return finding.motivation.create_bead and finding.motivation.condition in OF_TIME_ALONE


async def _last(tx: AsyncSession, scene: Scene, fresh: Sequence[Finding]) -> dict[tuple[str, str, str], datetime]:
    """When each was last fired for, as far as that can matter for its cooldown."""
    warm = [one.motivation for one in fresh if _may_cool(one.motivation, scene.moment)]
    if not warm:
        return {}
    since = scene.moment - timedelta(minutes=max(one.cooldown_minutes for one in warm))
    of_each = {one.id for one in warm if one.condition in OF_EACH}
    found: dict[tuple[str, str, str], datetime] = {}
    for row in await causes.last_firings(tx, {one.id for one in warm}, since, scene.moment):
        key = (row.motivation_id, row.project_id, row.about if row.motivation_id in of_each else "")
        found[key] = max(row.at, found.get(key, row.at))
    return found


def _may_cool(motivation: Motivation, moment: datetime) -> bool:
    at = motivation.last_triggered_at
    return at is not None and moment < at + timedelta(minutes=motivation.cooldown_minutes)


def key_of(finding: Finding) -> tuple[str, str, str]:
    """What cools down together: the motivation in the project, or what it is about there."""
    about = finding.about if finding.motivation.condition in OF_EACH else ""
    return finding.motivation.id, finding.place.id, about


def with_motivation(finding: Finding, motivation: Motivation) -> Finding:
    """The finding of a motivation that was read again."""
    return replace(finding, motivation=motivation)
