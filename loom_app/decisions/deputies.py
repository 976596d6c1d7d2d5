"""Agents who answer for people: what a project's rules leave to them, and the bead through which they do it."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.decisions import reporting, repository
from loom_app.decisions.answers import Kind
from loom_app.decisions.models import Decision, DecisionRules
from loom_app.decisions.telling import PEOPLE, tell
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Forbidden
from loom_app.orgchart import service as orgchart
from loom_app.projects import service as projects

ROLE = "decision-maker"
RISKS = ("low", "medium")
FOR_PEOPLE = (Kind.BUDGET, Kind.CLOSING, Kind.COMMAND)
KINDS = tuple(kind for kind in Kind if kind not in FOR_PEOPLE)
"""Which risks and kinds may be left to agents at all: money and what can do great harm is for people."""
UNFIT = frozenset({"ceo"})
"""Roles that answer for people and take no work."""
DAY = timedelta(hours=24)
LONGEST_TASK = 90_000
BY_RULE = SYSTEM.id


async def rules_of(tx: AsyncSession, project_id: str, *, actor: Actor = SYSTEM) -> DecisionRules:
    """What agents may decide in a project: nothing until somebody says so. Raises NotFound."""
    await projects.get(tx, project_id, actor=actor)
    return await repository.rules(tx, project_id) or DecisionRules(project_id=project_id)


async def set_rules(
    tx: AsyncSession, project_id: str, *, risks: Sequence[str], kinds: Sequence[str], per_day: int, actor: Actor
) -> DecisionRules:
    """Leaves to agents what is named from now on. Raises NotFound."""
    await projects.get(tx, project_id, actor=actor)
    kept = DecisionRules(
        project_id=project_id, risks=list(risks), kinds=list(kinds), per_day=per_day, set_by=actor.id, set_at=now()
    )
    await repository.keep_rules(tx, kept)
    data = {"risks": kept.risks, "kinds": kept.kinds, "per_day": per_day}
    append(tx, "decision.rules_set", actor=actor, project_id=project_id, subject_id=project_id, data=data)
    return kept


async def offer(tx: AsyncSession, decision: Decision, about: Bead | None) -> None:
    """Gives a new decision to an agent if the rules leave it to agents and the day's number lasts.

    What an agent escalates goes up its reporting line, to the first superior who may answer; everything else, and what
    nobody there can take, to the project's decision-maker. What an agent asks while it answers goes to people.
    """
    if for_people(decision) or decision.assigned_to:
        return
    if about is not None and await repository.answered_through(tx, about.id) is not None:
        return
    rules = await repository.rules(tx, decision.project_id)
    if rules is None or not _covers(rules, decision):
        return
    if await repository.given_to_agents(tx, decision.project_id, now() - DAY) >= rules.per_day:
        return
    for agent, why in await _deputies(tx, decision):
        if fit(agent, decision):
            await give(tx, decision, agent, why=why, actor=SYSTEM)
            return


async def _deputies(tx: AsyncSession, decision: Decision) -> list[tuple[Agent, str]]:
    """Who might answer, first choice first, and why each."""
    line: list[str] = []
    if decision.kind == Kind.ESCALATION and decision.requester_id.startswith("agent-"):
        await orgchart.chart_for(tx, decision.project_id)
        chart = await orgchart.view(tx, decision.project_id)
        place = await reporting.place_of(tx, chart, decision.requester_id)
        line = [agent_id for position in reporting.above(chart, place) for agent_id in position.agent_ids]
    superiors = [await agents.get(tx, agent_id) for agent_id in line]
    named = [await agents.get(tx, agent_id) for agent_id in await agents.called(tx, decision.project_id, ROLE)]
    return [
        *((agent, f"It went up the reporting line to the {agent.role}.") for agent in superiors),
        *((agent, "The project's rules leave it to agents.") for agent in named if agent.role == ROLE),
    ]


async def give(tx: AsyncSession, decision: Decision, agent: Agent, *, why: str, actor: Actor) -> None:
    """Passes an open decision to an agent, as a bead that only this agent takes."""
    wanted = beads.draft(
        project_id=decision.project_id, title=f"Decide: {decision.title}"[:500], description=_task(decision),
        acceptance_criteria="The action decide was taken, or done where it should be left to people.",
        priority=decision.priority, type="task", assigned_to=agent.id, context={"decides": decision.id},
    )  # fmt: skip
    bead = await beads.create(tx, wanted, actor=SYSTEM)
    decision.answer_bead = bead.id
    pass_on(tx, decision, agent.id, why=why, actor=actor, answer_bead=bead.id)


def pass_on(tx: AsyncSession, decision: Decision, to: str, *, why: str, actor: Actor, **more: str) -> None:
    """Records that a decision is now with `to`, nobody in particular when that is empty."""
    entry = {
        "from": decision.assigned_to or PEOPLE, "to": to or PEOPLE, "by": actor.id, "at": rfc3339(now()), "note": why,
    }  # fmt: skip
    decision.delegations, decision.assigned_to = [*decision.delegations, entry], to
    more = {"deadline": rfc3339(decision.deadline), **more}
    tell(tx, "decision.delegated", decision, actor, **{"from": entry["from"], "to": entry["to"], "note": why}, **more)


async def refuse_if_not_left_to(tx: AsyncSession, decision: Decision, agent_id: str) -> None:
    """Raises Forbidden where an agent answers what was not left to it."""
    if agent_id == decision.requester_id:
        raise Forbidden("Whoever asks does not answer. Leave this decision to somebody else.", code="own_question")
    if for_people(decision):
        raise Forbidden(f"A {decision.risk}-risk {decision.kind} is for people to decide.", code="people_only")
    if decision.assigned_to != agent_id:
        raise Forbidden("This decision was not given to you. Leave it to people.", code="not_yours")
    if decision.delegations and decision.delegations[-1]["by"] == BY_RULE:
        rules = await repository.rules(tx, decision.project_id)
        if rules is None or not _covers(rules, decision):
            raise Forbidden("The project's rules leave this to agents no more. Leave it to people.", code="people_only")


async def retire(tx: AsyncSession, decision: Decision, reason: str) -> None:
    """Ends the bead through which an agent was to answer; a run of it stops."""
    bead = await tx.get(Bead, decision.answer_bead) if decision.answer_bead else None
    if bead is not None and bead.status != BeadStatus.DONE and bead.source_status != TOMBSTONE:
        await beads.set_status(tx, bead.id, BeadStatus.DONE, actor=SYSTEM, reason=reason)


async def hand_back(tx: AsyncSession, agent: Agent, *, actor: Actor) -> None:
    """Leaves what an agent was to answer to people, since it goes."""
    for decision in await repository.open_with(tx, agent.id):
        pass_on(tx, decision, "", why=f"{agent.name} was let go.", actor=actor)
        await retire(tx, decision, f"{agent.name} was let go; people answer.")


def for_people(decision: Decision) -> bool:
    """Whether no agent may answer it, whoever says so."""
    return decision.kind not in KINDS or decision.risk not in RISKS


def fit(agent: Agent, decision: Decision) -> bool:
    """Whether the agent could answer: it takes work and did not ask."""
    return agent.role not in UNFIT and agent.status != AgentStatus.COMPLETE and agent.id != decision.requester_id


def _covers(rules: DecisionRules, decision: Decision) -> bool:
    return rules.per_day > 0 and decision.risk in rules.risks and decision.kind in rules.kinds


def _by(decision: Decision) -> str:
    """By which action the agent answers."""
    if decision.kind != Kind.REVIEW:
        return "the action decide with your answer and why"
    return f"approve_bead, or reject_bead with all that is to be done differently, with bead_id {decision.bead_id}"


def _task(decision: Decision) -> str:
    """What the agent reads. Answers are its own; what it reads from beads and files is material."""
    parts = [
        f"Somebody waits for this answer. Look into what you need, then take {_by(decision)}. If it is not yours to "
        "decide or you cannot tell, finish with done: people will answer.",
        f"Decision: {decision.id}, risk {decision.risk}" + (f", about {decision.bead_id}" if decision.bead_id else ""),
        f"Question: {decision.question}",
        f"Options: {', '.join(decision.options)}" if decision.options else "Answer in words.",
        f"Recommended: {decision.recommendation}" if decision.recommendation else "",
        *(f"{name}:\n{value}" for name, value in decision.context.items()),
        f"If nobody answers: {decision.default_option}",
    ]
    return "\n\n".join(part for part in parts if part)[:LONGEST_TASK]
