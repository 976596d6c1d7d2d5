"""Why nobody of the team takes a bead now: who is meant, who is busy or paused, which limits are reached."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from loom_app.agents.models import AgentStatus, PausedBecause
from loom_app.dispatch.hints import Fit
from loom_app.dispatch.matching import NEVER, Want, Wanted, wanted
from loom_app.dispatch.room import PROJECT, PROVIDER, ROLE, Full, Place
from loom_app.dispatch.scoring import Member
from loom_app.dispatch.standing import Standing
from loom_app.dispatch.waits import Busy, Wait

PAUSED_BY_A_PERSON = (PausedBecause.PERSON, PausedBecause.NOBODY)
MOST_NAMED = 5


def of_team(at: Standing, moment: datetime) -> Iterator[Wait]:
    """Every reason of the team's; nothing when somebody can take the bead."""
    whom = wanted(at.work, at.team)
    if whom.kind in (Want.PERSON, Want.UNKNOWN):
        yield _for_somebody_else(at, whom)
        return
    meant = [one for one in at.team if one.role not in NEVER and (not whom.ids or one.id in whom.ids)]
    meant = [one for one in meant if one.status != AgentStatus.COMPLETE]
    free = [one for one in meant if one.status == AgentStatus.IDLE and one.provider_id is not None]
    if any(not _full(at, one) for one in free):
        return
    if not meant:
        yield _nobody(at, whom)
    yield from _busy(at, whom, meant, moment)
    yield from _paused(at, meant)
    yield from _without_provider(at, meant)
    yield from _limits(at, free, moment)


def _for_somebody_else(at: Standing, whom: Wanted) -> Wait:
    name, since = at.bead.assigned_to, at.since("assigned_to")
    if whom.kind == Want.PERSON:
        way_out = "They claim it when they take it up; empty “assigned to” to have an agent do it."
        return Wait("assigned_to_person", f"It is assigned to {name}, a person.", since, way_out=way_out)
    why = f"It is assigned to {name}, who is neither on the project's team nor a person here."
    way_out = "Assign it to somebody there is, or to nobody."
    return Wait("assigned_to_unknown", why, since, way_out=way_out)


def _nobody(at: Standing, whom: Wanted) -> Wait:
    if whom.ids:
        why = f"{_upper(whom.why)}, and nobody of those takes work from the queue."
        return Wait("no_agents", why, at.since("assigned_to"), way_out="Assign it to another, or to nobody.")
    way_out = "Make an agent on the Agents page."
    return Wait("no_agents", "The project has no agents who take work.", at.project.created_at, way_out=way_out)


def _busy(at: Standing, whom: Wanted, meant: Sequence[Member], moment: datetime) -> Iterator[Wait]:
    working = [one for one in meant if one.status == AgentStatus.WORKING]
    if not working:
        return
    who = tuple(_at_work(at, one, moment) for one in working)
    since = max((since for one in working if (since := _since(at, one))), default=at.bead.created_at)
    told = ", ".join(f"{one.name} on {one.bead_id}" if one.bead_id else one.name for one in who[:MOST_NAMED])
    told += f" and {len(who) - MOST_NAMED} more" if len(who) > MOST_NAMED else ""
    until = min((one.until for one in who if one.until), default=None)
    if not whom.ids:
        code, why = "agents_busy", f"Everybody who could take it is at work: {told}."
    elif len(meant) > 1 or (whom.hinted and whom.hinted.fit == Fit.ROLE) or at.bead.assigned_to == meant[0].role:
        code, why = "role_busy", f"{_upper(whom.why)}, who {'is' if len(meant) == 1 else 'are'} at work: {told}."
    else:
        code, why = "agent_busy", f"{_upper(whom.why)}, who is at work: {told}."
    way_out = "It goes on by itself when one of them is done" + ("." if whom.ids else "; or add an agent.")
    yield Wait(code, why, since, until=until, who=who, way_out=way_out)


def _paused(at: Standing, meant: Sequence[Member]) -> Iterator[Wait]:
    resting = [one for one in meant if one.status == AgentStatus.PAUSED and one.paused_because in PAUSED_BY_A_PERSON]
    if resting:
        named = ", ".join(one.name for one in resting[:MOST_NAMED])
        since = max((one.idle_since for one in resting if one.idle_since), default=at.bead.created_at)
        verb = "is" if len(resting) == 1 else "are"
        yield Wait("agents_paused", f"{named} {verb} paused.", since, way_out="Resume them on the Agents page.")


def _without_provider(at: Standing, meant: Sequence[Member]) -> Iterator[Wait]:
    lacking = [
        one
        for one in meant
        if (one.status == AgentStatus.IDLE and one.provider_id is None)
        or (one.status == AgentStatus.PAUSED and one.paused_because == PausedBecause.PROVIDER)
    ]
    if lacking:
        why = "No provider works at present; agents rest until one does."
        way_out = "Look at the provider on the home page; agents resume by themselves."
        yield Wait("no_provider", why, at.provider_since or at.project.created_at, way_out=way_out)


def _limits(at: Standing, free: Sequence[Member], moment: datetime) -> Iterator[Wait]:
    told: set[Full] = set()
    for one in free:
        for limit in _full(at, one):
            if limit not in told:
                told.add(limit)
                yield _reached(at, limit, moment)


def _full(at: Standing, member: Member) -> list[Full]:
    return at.room.full(Place(at.bead.project_id, member.role, member.provider_id or ""))


def _reached(at: Standing, limit: Full, moment: datetime) -> Wait:
    """Of runs in other projects nothing is told, not even until when they may last."""
    seen = [one for one in at.room.filling(limit, at.bead.project_id) if one.project_id == at.bead.project_id]
    names = {one.id: one.name for one in at.team}
    who = tuple(
        Busy(one.agent_id, names.get(one.agent_id, one.agent_id), one.bead_id, _end(at, one.since, moment))
        for one in seen
    )
    since = max((one.since for one in seen if one.since), default=at.bead.created_at)
    until = min((one.until for one in who if one.until), default=None)
    whose = {PROJECT: "of the project ", ROLE: f"of the role {limit.of} ", PROVIDER: _provider(at, limit)}
    most = "one run" if limit.most == 1 else f"{limit.most} runs"
    why = f"The limit {whose.get(limit.kind, '')}is reached: at most {most} at once."
    way_out = "It goes on by itself when one of them ends; or raise the limit."
    return Wait(f"{limit.kind}_limit", why, since, until=until, who=who, way_out=way_out)


def _provider(at: Standing, limit: Full) -> str:
    return f"of the provider {at.providers[limit.of]} " if limit.of in at.providers else "of its provider "


def _at_work(at: Standing, member: Member, moment: datetime) -> Busy:
    return Busy(member.id, member.name, member.bead_id, _end(at, _since(at, member), moment))


def _since(at: Standing, member: Member) -> datetime | None:
    run = at.live.get(member.id)
    return run.since if run is not None else member.idle_since


def _end(at: Standing, since: datetime | None, moment: datetime) -> datetime | None:
    """About when a run that has been on `since` then ends; None when nothing tells, or it should have ended already."""
    usual = at.usual or timedelta(0)
    return since + usual if since is not None and since + usual > moment else None


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
