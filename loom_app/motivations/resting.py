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

    rest: timedelta
    newest: int
    last: Mapping[str, int]
    projects: Mapping[str, ProjectRest]
    agents: Mapping[str, AgentRest]

    @classmethod
    def of(cls, state: IdleState, last: Mapping[str, int]) -> "Quiet":
        """What the idle state tells, and the last events."""
        projects, agents = {one.id: one for one in state.projects}, {one.id: one for one in state.agents}
        return cls(state.rest(), max(last.values(), default=0), last, projects, agents)


async def rested(tx: AsyncSession, scene: Scene, usual: IdleSettings) -> list[Finding]:
    """Every rest that has lasted as long as a motivation wants."""
    wanted = scene.of(*CONDITIONS)
    if not wanted:
        return []
    seen = scene.seen_by
    last = {project_id: seq for project_id, seq in (await causes.last_doings(tx)).items() if seen.sees(project_id)}
    quiet = Quiet.of(await idle_state(tx, scene.moment, actor=seen), last)
    return [
        _finding(motivation, place, rest)
        for motivation in wanted
        for place in scene.where(motivation)
        for rest in _of(scene, motivation, place, quiet, usual)
        if rest.holds or scene.explain
    ]


@dataclass(frozen=True)
class Lasting:
    """How long somebody or something has rested, how long it has to, and the last event before that."""

    who: str
    rest: timedelta
    wanted: timedelta
    last: int
    about: str = ""

    @property
    def holds(self) -> bool:
        """Whether it has rested long enough after something was done."""
        return self.last > 0 and self.rest >= self.wanted


def _of(scene: Scene, motivation: Motivation, place: Place, quiet: Quiet, usual: IdleSettings) -> Iterator[Lasting]:
    given = scene.given(motivation)
    assert isinstance(given, Rest)
    if motivation.condition == Condition.SYSTEM_IDLE:
        who = "all of Loom" if scene.seen_by.projects is None else "the projects you see"
        yield Lasting(who, quiet.rest, given.idle_duration or usual.system, quiet.newest)
        return
    last = quiet.last.get(place.id, 0)
    if motivation.condition == Condition.PROJECT_IDLE:
        project = quiet.projects.get(place.id)
        rest = project.rest(scene.moment) if project else timedelta()
        yield Lasting(place.name, rest, given.idle_duration or usual.project, last)
        return
    for mate in place.meant(motivation):
        agent = quiet.agents.get(mate.id)
        rest = agent.rest(scene.moment) if agent else timedelta()
        yield Lasting(mate.name, rest, given.idle_duration or usual.agent, last, mate.id)


def _finding(motivation: Motivation, place: Place, one: Lasting) -> Finding:
    rest, wanted = int(one.rest.total_seconds()), int(one.wanted.total_seconds())
    what = f"nothing has happened for {one.who} for {in_short(timedelta(seconds=rest))} of {in_short(one.wanted)}"
    return Finding(
        motivation, place, f"idle:{one.about or motivation.condition}:{one.last}",
        what if one.last else "nothing has been done yet that there could be rest from",
        {"who": one.who, "rest_seconds": rest, "wanted_seconds": wanted}, about=one.about, holds=one.holds,
    )  # fmt: skip
