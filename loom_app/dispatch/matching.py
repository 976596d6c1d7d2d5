"""Which idle agent takes a bead: who may, what speaks for each, and why the others do not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from loom_app.agents.models import AgentStatus, PausedBecause
from loom_app.dispatch.hints import Hint, hint, plain
from loom_app.dispatch.scoring import NOTHING, Member, Past, Score, Work, score

NEVER = frozenset({"ceo"})
"""Roles that answer for people and take no work from the queue."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Want(StrEnum):
    """Whom a bead wants."""

    ANYBODY = "anybody"
    AGENTS = "agents"
    """Some of the team, by name, id or role: it waits for them."""
    PERSON = "person"
    UNKNOWN = "unknown"
    """A name that is neither on the team nor a person's."""


@dataclass(frozen=True)
class Wanted:
    """Whom a bead wants, in what words, and who of the team that is."""

    kind: Want
    why: str = ""
    ids: frozenset[str] = frozenset()
    hinted: Hint | None = None


@dataclass(frozen=True)
class Candidate:
    """An agent of the team as it was weighed: a score, or why it could not take the bead."""

    member: Member
    score: Score
    why_not: str = ""


@dataclass(frozen=True)
class Match:
    """The agent chosen, why, and everybody who was weighed, the best first."""

    agent: Member
    why: str
    candidates: tuple[Candidate, ...]


Room = Callable[[Member], str]
"""Why no further run may be begun with an agent, in words; empty when one may."""


def no_limit(_: Member) -> str:
    """There is room for everybody."""
    return ""


def wanted(work: Work, team: Sequence[Member]) -> Wanted:
    """Whom the bead wants: whoever it is assigned to, else whoever it asks for in full, else anybody."""
    if work.assigned_to:
        ids = frozenset(one.id for one in team if _is_called(one, work.assigned_to))
        if ids:
            return Wanted(Want.AGENTS, f"the bead is assigned to {_name(ids, work.assigned_to, team)}", ids)
        return Wanted(Want.PERSON if work.for_person else Want.UNKNOWN, f"the bead is assigned to {work.assigned_to}")
    asked = [one for one in team if one.role not in NEVER]
    found = hint(work.title, work.description, work.tags, asked)
    if found and found.binds:
        return Wanted(Want.AGENTS, f"the bead asks for “{found.said.strip()}”", found.ids, found)
    return Wanted(Want.ANYBODY, hinted=found)


def match(
    work: Work, team: Sequence[Member], past: Mapping[str, Past] | None = None, room: Room = no_limit
) -> Match | None:
    """The best of the `team` who can take `work` now; None when it waits or nobody can.

    Of equal scores whoever has been idle the longest, then the lowest id.
    """
    whom = wanted(work, team)
    weighed = _weighed(work, team, whom, past or {}, room)
    best = weighed[0] if weighed and not weighed[0].why_not else None
    return Match(best.member, _why(work, best, whom), tuple(weighed)) if best else None


def weigh(
    work: Work, team: Sequence[Member], past: Mapping[str, Past] | None = None, room: Room = no_limit
) -> list[Candidate]:
    """Everybody of the team, who can take the bead first and the best of them before the others."""
    return _weighed(work, team, wanted(work, team), past or {}, room)


def _weighed(work: Work, team: Sequence[Member], whom: Wanted, past: Mapping[str, Past], room: Room) -> list[Candidate]:
    scores: dict[tuple[object, ...], Score] = {}
    weighed = [
        Candidate(one, _scored(work, one, whom, past.get(one.id, NOTHING), scores), why_not(one, whom, room))
        for one in team
    ]
    return sorted(
        weighed,
        key=lambda one: (bool(one.why_not), -one.score.points, one.member.idle_since or LONG_AGO, one.member.id),
    )


def able(work: Work, team: Sequence[Member], room: Room = no_limit) -> bool:
    """Whether anybody of the team could take the bead now."""
    whom = wanted(work, team)
    return any(not why_not(one, whom, room) for one in team)


def why_not(member: Member, whom: Wanted, room: Room = no_limit) -> str:
    """Why an agent cannot take a bead that wants `whom`, in words; empty when it can."""
    if whom.kind in (Want.PERSON, Want.UNKNOWN) or (whom.kind == Want.AGENTS and member.id not in whom.ids):
        return whom.why
    if member.role in NEVER:
        return "it answers for people and takes no work from the queue"
    if member.status != AgentStatus.IDLE:
        return _not_idle(member)
    return room(member) if member.provider_id is not None else "its provider does not work at present"


def _not_idle(member: Member) -> str:
    if member.status == AgentStatus.WORKING:
        return f"it works on {member.bead_id}" if member.bead_id else "it is at work"
    if member.status == AgentStatus.COMPLETE:
        return "it is off the team"
    return "it waits for a provider" if member.paused_because == PausedBecause.PROVIDER else "it is paused"


def _scored(work: Work, member: Member, whom: Wanted, past: Past, known: dict[tuple[object, ...], Score]) -> Score:
    """The score; those who are alike in all that bears on it share one."""
    hinted = whom.hinted.said.strip() if whom.hinted and member.id in whom.hinted.ids else ""
    alike = (member.role, member.specialties, past, hinted)
    if alike not in known:
        known[alike] = score(work, member, past, hinted=hinted)
    return known[alike]


def _why(work: Work, best: Candidate, whom: Wanted) -> str:
    if whom.kind == Want.AGENTS:
        return whom.why
    strongest = best.score.best
    if strongest is None:
        return f"nobody prefers {work.type} beads and this agent was idle the longest"
    return strongest.why


def _is_called(member: Member, name: str) -> bool:
    """Whether an id, a name or a role means them."""
    return name == member.id or (bool(plain(name)) and plain(name) in (plain(member.name), plain(member.role)))


def _name(ids: frozenset[str], said: str, team: Sequence[Member]) -> str:
    return next((one.name for one in team if one.id == said and one.id in ids), said)
