"""Passing a decision on: to somebody by name, or up and down the project's org chart."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.decisions import deputies, service
from loom_app.decisions.models import Decision
from loom_app.decisions.opening import still_ahead
from loom_app.decisions.recipients import holder
from loom_app.decisions.reporting import above, below, place_of
from loom_app.decisions.telling import PEOPLE
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.orgchart import service as orgchart
from loom_app.orgchart.schemas import PositionView

UP, DOWN = "up", "down"
MOST = 20
"""How often one decision may be passed on."""


async def delegate(
    tx: AsyncSession, decision_id: str, to: str, *, note: str = "", deadline: datetime | None = None, actor: Actor
) -> Decision:
    """Has somebody else answer: a user, an agent, or whoever the org chart has above (`up`) or below (`down`).

    Above the last agent are people. An agent gets a bead for it. Raises NotFound, Conflict when the decision is over,
    was with them before (code `delegation_circle`) or nobody is there, Invalid for somebody unknown, for oneself, and
    for an agent where only people may decide.
    """
    found = await service.get_open(tx, decision_id, actor)
    if len(found.delegations) >= MOST:
        raise Conflict(f"It was passed on {MOST} times already. Answer it.", code="too_many_delegations")
    target = await _target(tx, found, to)
    _check(found, target, actor)
    if deadline is not None:
        found.deadline = still_ahead(deadline)
    await deputies.retire(tx, found, "The question was passed on to somebody else.")
    if not target.startswith("agent-"):
        deputies.pass_on(tx, found, target, why=note, actor=actor)
        return found
    agent = await agents.get(tx, target)
    if deputies.for_people(found) or not deputies.fit(agent, found):
        raise _not_for(found, agent.name)
    await deputies.give(tx, found, agent, why=note, actor=actor)
    return found


async def _target(tx: AsyncSession, found: Decision, to: str) -> str:
    """Whose it shall be: an id, or "" for people."""
    if to not in (UP, DOWN):
        return await holder(tx, found.project_id, to)
    await orgchart.chart_for(tx, found.project_id)
    chart = await orgchart.view(tx, found.project_id)
    place = await place_of(tx, chart, found.assigned_to)
    if to == UP:
        if not place:
            raise Conflict(
                "It is with people already, and the org chart has nobody above them. Name a person instead.",
                code="nobody_above",
            )
        return await _first_fit(tx, found, above(chart, place)) or ""
    lower = await _first_fit(tx, found, below(chart, place))
    if not lower:
        raise Conflict(
            "The org chart has no agent below who may answer this. Name somebody, or answer it.", code="nobody_below"
        )
    return lower


async def _first_fit(tx: AsyncSession, found: Decision, positions: Iterator[PositionView]) -> str:
    if deputies.for_people(found):
        return ""
    before = _had_it(found)
    for position in positions:
        for agent_id in position.agent_ids:
            if agent_id not in before and deputies.fit(await agents.get(tx, agent_id), found):
                return agent_id
    return ""


def _check(found: Decision, target: str, actor: Actor) -> None:
    if target and target == actor.id:
        raise Invalid("You can answer it yourself; name somebody else to pass it on to.", code="delegated_to_oneself")
    if target == found.assigned_to:
        raise Conflict("It is with them already.", code="already_with_them")
    if target and target in _had_it(found):
        chain = " → ".join([found.delegations[0]["from"], *(entry["to"] for entry in found.delegations)])
        raise Conflict(
            f"It was with {target} before: {chain}. Answer it, or name somebody who has not had it.",
            code="delegation_circle",
            chain=chain,
        )


def _had_it(found: Decision) -> Sequence[str]:
    passed = [who for entry in found.delegations for who in (entry["from"], entry["to"]) if who != PEOPLE]
    return [*passed, found.assigned_to] if found.assigned_to else passed


def _not_for(found: Decision, name: str) -> Invalid:
    if deputies.for_people(found):
        why = f"A {found.risk}-risk {found.kind} is for people to decide. Name a person."
        return Invalid(why, code="people_only")
    return Invalid(f"{name} asked this itself or takes no work. Name somebody else.", code="agent_unfit")
