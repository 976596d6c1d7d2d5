"""What a look at all motivations stands on: the moment, the motivations, the open projects and their teams."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from loom_app.agents.models import AgentStatus, PausedBecause
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.motivations.models import Condition, Motivation
from loom_app.motivations.parameters import Parameters, read


@dataclass(frozen=True)
class Mate:
    """An agent of a project's team."""

    id: str
    name: str
    role: str
    status: str
    paused_because: str

    @property
    def can_work(self) -> bool:
        """Whether it is at work or free for it: neither paused by people nor without a provider."""
        return self.status in (AgentStatus.IDLE, AgentStatus.WORKING) and self.paused_because == PausedBecause.NOBODY


@dataclass(frozen=True)
class Place:
    """An open project with its team."""

    id: str
    name: str
    created_at: datetime
    due_date: datetime | None
    branch_red: str
    team: tuple[Mate, ...]

    def meant(self, motivation: Motivation) -> list[Mate]:
        """Whom of the team a motivation is for."""
        if motivation.agent_id:
            return [mate for mate in self.team if mate.id == motivation.agent_id]
        return self.by_role.get(motivation.agent_role, [])

    @cached_property
    def by_role(self) -> dict[str, list[Mate]]:
        """The team by role."""
        found: dict[str, list[Mate]] = {}
        for mate in self.team:
            found.setdefault(mate.role, []).append(mate)
        return found


@dataclass(frozen=True)
class Finding:
    """Something a motivation's condition was looked at for: whether it holds, and what is known of it.

    `what` ends a sentence; `about` is what of several in a project it is, empty for the project as a whole; `seq` is
    the event behind it, 0 for none.
    """

    motivation: Motivation
    place: Place
    cause: str
    what: str
    evidence: dict[str, Any] = field(default_factory=dict)
    about: str = ""
    seq: int = 0
    holds: bool = True
    next_at: datetime | None = None


@dataclass(frozen=True)
class Scene:
    """One look. With `explain` evaluators also answer what does not hold, and why not.

    `seen_by` is who is told: nothing is found by what happens in projects that they do not see.
    """

    moment: datetime
    motivations: Sequence[Motivation]
    places: Mapping[str, Place]
    explain: bool = False
    seen_by: Actor = SYSTEM
    parameters: dict[str, Parameters] = field(default_factory=dict)

    def of(self, *conditions: Condition) -> list[Motivation]:
        """The motivations with one of these conditions."""
        return [one for condition in conditions for one in self._by_condition[condition]]

    @cached_property
    def _by_condition(self) -> dict[str, list[Motivation]]:
        found: dict[str, list[Motivation]] = defaultdict(list)
        for one in self.motivations:
            found[one.condition].append(one)
        return found

    def given(self, motivation: Motivation) -> Parameters:
        """The motivation's parameters."""
        if motivation.id not in self.parameters:
            self.parameters[motivation.id] = read(Condition(motivation.condition), motivation.parameters)
        return self.parameters[motivation.id]

    def where(self, motivation: Motivation) -> list[Place]:
        """The open projects in which the motivation has somebody."""
        if motivation.project_id is None and not motivation.agent_id:
            return self._by_role.get(motivation.agent_role, [])
        own = self.places.get(motivation.project_id or "")
        candidates = self.places.values() if motivation.project_id is None else [own] if own else []
        return [place for place in candidates if place.meant(motivation)]

    @cached_property
    def _by_role(self) -> dict[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for place in self.places.values():
            for role in place.by_role:
                found.setdefault(role, []).append(place)
        return found
