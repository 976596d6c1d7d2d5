"""Conditions about rest: nothing happens in the system, in a project, or with an agent.

A time of rest is known by what people, or agents at their own work, did last before it. What agents do about a
motivation's own work begins no new one, so that rest is met once, however long it lasts and whatever comes of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import IdleSettings
from loom_app.motivations import causes
from loom_app.motivations.idle import AgentRest, IdleState, ProjectRest, idle_state
from loom_app.motivations.models import Condition, Motivation
from loom_app.motivations.parameters import Rest, in_short
from loom_app.motivations.scene import Finding, Place, Scene

CONDITIONS = (Condition.SYSTEM_IDLE, Condition.PROJECT_IDLE, Condition.AGENT_IDLE)


@dataclass(frozen=True)
class Quiet:
    """What rests, and the number of the last event in each project that was not a motivation's own doing."""

    state: IdleState
    last: Mapping[str, int]
    projects: Mapping[str, ProjectRest]
    agents: Mapping[str, AgentRest]


async def rested(tx: AsyncSession, scene: Scene, usual: IdleSettings) -> list[Finding]:
    """Every rest that has lasted as long as a motivation wants."""
    wanted = scene.of(*CONDITIONS)
    if not wanted:
        return []
    state = await idle_state(tx, scene.moment)
    quiet = Quiet(
        state, await causes.last_doings(tx), {one.id: one for one in state.projects},
        {one.id: one for one in state.agents},
    )  # fmt: skip
    found = [
        finding
        for motivation in wanted
        for place in scene.where(motivation)
        for finding in _of(scene, motivation, place, quiet, usual)
    ]
    return [finding for finding in found if finding.holds or scene.explain]


def _of(scene: Scene, motivation: Motivation, place: Place, quiet: Quiet, usual: IdleSettings) -> Iterator[Finding]:
    given = scene.given(motivation)
    assert isinstance(given, Rest)
    if motivation.condition == Condition.SYSTEM_IDLE:
        last = max(quiet.last.values(), default=0)
        yield _finding(motivation, place, "all of Loom", quiet.state.rest(), given.idle_duration or usual.system, last)
        return
    last = quiet.last.get(place.id, 0)
    if motivation.condition == Condition.PROJECT_IDLE:
        project = quiet.projects.get(place.id)
        rest = project.rest(scene.moment) if project else timedelta()
        yield _finding(motivation, place, place.name, rest, given.idle_duration or usual.project, last)
        return
    for mate in place.meant(motivation):
        agent = quiet.agents.get(mate.id)
        rest = agent.rest(scene.moment) if agent else timedelta()
        yield _finding(motivation, place, mate.name, rest, given.idle_duration or usual.agent, last, mate.id)


def _finding(
    motivation: Motivation, place: Place, who: str, rest: timedelta, wanted: timedelta, last: int, about: str = ""
) -> Finding:
    whole = timedelta(seconds=int(rest.total_seconds()))
    what = f"nothing has happened for {who} for {in_short(whole)} of {in_short(wanted)}"
    evidence = {"who": who, "rest_seconds": int(rest.total_seconds()), "wanted_seconds": int(wanted.total_seconds())}
    if not last:
        what = "nothing has been done yet that there could be rest from"
    return Finding(
        motivation, place, f"idle:{about or motivation.condition}:{last}", what, evidence, about=about,
        holds=last > 0 and rest >= wanted,
    )  # fmt: skip
