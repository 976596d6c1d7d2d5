"""Which idle agent takes a bead, and why, in a sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

PREFERRED: dict[str, tuple[str, ...]] = {
    "bug": ("engineering-manager", "web-designer-engineer", "devops-engineer"),
    "feature": ("engineering-manager", "web-designer-engineer"),
    "task": ("engineering-manager", "web-designer-engineer", "devops-engineer"),
    "chore": ("housekeeping-bot", "devops-engineer", "engineering-manager"),
    "test": ("qa-engineer", "engineering-manager"),
    "docs": ("documentation-manager", "engineering-manager"),
    "review": ("code-reviewer", "qa-engineer"),
    "epic": ("product-manager", "project-manager", "engineering-manager"),
}
"""Roles by type of bead, best first. Any other type goes to whoever is idle."""

NEVER = frozenset({"ceo"})
"""Roles that answer for people and take no work from the queue."""

HINTS = (
    re.compile(r"\bask the (?P<role>[a-z][a-z -]{1,40}?) to\b", re.IGNORECASE),
    re.compile(r"^\[(?P<role>[^\]]{2,40})\]"),
    re.compile(r"^(?P<role>[a-z][a-z -]{1,40}):", re.IGNORECASE),
    re.compile(r"\bfor (?:the )?(?P<role>[a-z][a-z -]{1,40}?)(?: agent)?$", re.IGNORECASE),
)


@dataclass(frozen=True)
class Candidate:
    """An agent that could take a bead."""

    id: str
    name: str
    role: str


@dataclass(frozen=True)
class Work:
    """What of a bead decides who takes it."""

    id: str
    type: str
    title: str
    tags: tuple[str, ...]
    assigned_to: str
    for_person: bool = False
    """Whether the one it is assigned to is a person."""


@dataclass(frozen=True)
class Match:
    """The agent chosen and why."""

    agent: Candidate
    why: str


def match(work: Work, idle: Sequence[Candidate], team: Sequence[Candidate]) -> Match | None:
    """The best of `idle` for `work`, or None when it should wait for another of the `team`, or nobody is idle.

    A bead assigned to an agent goes to that agent alone, one assigned to a person to no agent, and one that names a
    role waits for that role if the team has it.
    """
    able = [agent for agent in idle if agent.role not in NEVER]
    if work.assigned_to:
        named = _called(work.assigned_to, team)
        if named:
            return _first([agent for agent in able if agent in named], f"the bead is assigned to {work.assigned_to}")
        if work.for_person:
            return None
    role = _role_asked_for(work, team)
    if role:
        return _first([agent for agent in able if agent.role == role], f"the bead asks for the role {role}")
    for wanted in PREFERRED.get(work.type, ()):
        found = _first([agent for agent in able if agent.role == wanted], f"{wanted} takes {work.type} beads first")
        if found:
            return found
    return _first(able, f"nobody prefers {work.type} beads and this agent was idle the longest")


def _first(agents: Sequence[Candidate], why: str) -> Match | None:
    return Match(agents[0], why) if agents else None


def _called(name: str, team: Sequence[Candidate]) -> list[Candidate]:
    """The agents meant by a name, an id or a role."""
    wanted = _plain(name)
    return [agent for agent in team if name == agent.id or wanted in (_plain(agent.name), _plain(agent.role))]


def _role_asked_for(work: Work, team: Sequence[Candidate]) -> str:
    """The role of the team that tags (`role:qa-engineer`) or the title name, or ""."""
    roles = {_plain(agent.role): agent.role for agent in team if agent.role not in NEVER}
    hints = [tag.partition(":")[2] for tag in work.tags if tag.startswith(("role:", "agent:"))]
    hints += [found["role"] for hint in HINTS if (found := hint.search(work.title))]
    for hint in hints:
        if _plain(hint) in roles:
            return roles[_plain(hint)]
    return ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
