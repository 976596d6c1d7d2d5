"""Reviews by agents that a project wants before finished work lands: role by role, people where nobody fits.

They are answers to the one question whether a run's work is merged, which people may answer at any time as well.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents.models import Agent, AgentStatus, PausedBecause
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.decisions import comments, deputies, repository, service
from loom_app.decisions.answers import APPROVE, SEND_BACK, Kind
from loom_app.decisions.models import Decision, ReviewPass, Verdict
from loom_app.decisions.pass_wording import review_task
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor, agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.kernel.ids import new_id
from loom_app.projects import service as projects
from loom_app.projects.models import GitStrategy

MOST_REJECTIONS = 3
"""After how many rejections since people last answered they are asked again."""
LONGEST_REASON = 2_000
FREE_FIRST = {AgentStatus.IDLE: 0, AgentStatus.WORKING: 1, AgentStatus.PAUSED: 2}


async def ask(tx: AsyncSession, decision: Decision, roles: Sequence[str]) -> bool:
    """Passes the question on to an agent with the first of `roles` that has not approved; False when all have.

    Nobody who ever worked on the bead is asked. Where nobody is left, people are.
    """
    known = await repository.passes(tx, decision.id)
    approved = {one.role for one in known if one.verdict == Verdict.APPROVED}
    role = next((role for role in roles if role not in approved), None)
    if role is None:
        return False
    agent = await _reviewer(tx, decision, role, {one.agent_id for one in known if one.verdict == Verdict.LEFT})
    if agent is None:
        why = f"Nobody with the role {role} is there to review it who has not worked on it."
        await leave_to_people(tx, decision, why)
    else:
        await _give(tx, decision, agent, role)
    return True


async def approve(tx: AsyncSession, through: str, about: str, reason: str, reviewer: Actor) -> Decision:
    """Takes the work as right: the next role is asked, then it is merged, or people are asked where they always are.

    Raises Invalid for a bead that is no review or of other work, Conflict once that is answered, Forbidden for whoever
    was not asked.
    """
    decision, given = await _asked(tx, through, about, reviewer)
    if given is not None:
        _answer(tx, decision, given, Verdict.APPROVED, reason, reviewer)
        await tx.flush()
        project = await projects.get(tx, decision.project_id)
        done = [one for one in await repository.passes(tx, decision.id) if one.verdict == Verdict.APPROVED]
        if any(role not in {one.role for one in done} for role in project.review_by):
            await deputies.retire(tx, decision, "The work was reviewed.")
            await ask(tx, decision, project.review_by)
            return decision
        if project.git_strategy == GitStrategy.BRANCH_PR:
            who = " and ".join(f"{one.agent} ({one.role})" for one in done)
            await leave_to_people(tx, decision, f"{who} approved it; people have the last word.")
            await deputies.offer(tx, decision, await tx.get(Bead, decision.bead_id))
            return decision
    why = reason.strip() or "Approved."
    return await service.decide(tx, decision.id, decider=reviewer, decision=APPROVE, rationale=why)


async def reject(tx: AsyncSession, through: str, about: str, reason: str, reviewer: Actor) -> Decision:
    """Sends the work back to its agent with `reason`; put to people instead once it was rejected often enough.

    Raises as `approve`.
    """
    decision, given = await _asked(tx, through, about, reviewer)
    if given is not None:
        _answer(tx, decision, given, Verdict.REJECTED, reason, reviewer)
        await tx.flush()
        times = await repository.rejections(tx, decision.bead_id)
        if times >= MOST_REJECTIONS:
            await _say(tx, decision, reason, reviewer)
            why = f"Reviewers have rejected it {times} times; {given.agent} said last: {reason[:LONGEST_REASON]}"
            await leave_to_people(tx, decision, why)
            return decision
    return await service.decide(tx, decision.id, decider=reviewer, decision=SEND_BACK, rationale=reason)


async def leave_to_people(tx: AsyncSession, decision: Decision, why: str) -> None:
    """Has people answer an open question about work; nobody else is asked."""
    await deputies.retire(tx, decision, why[:LONGEST_REASON])
    _begin_anew(decision)
    deputies.pass_on(tx, decision, "", why=why, actor=SYSTEM)
    await _set_aside(tx, decision, f"Waits for a person's answer ({decision.id}). {why} {decision.question}")


async def hand_on(
    tx: AsyncSession, decision: Decision, given: ReviewPass, why: str, *, to_people: bool = False
) -> None:
    """Asks another agent of the role in place of one that will not answer; people where there is none."""
    given.verdict, given.reason, given.answered_at = Verdict.LEFT, why, now()
    await tx.flush()
    if to_people:
        await leave_to_people(tx, decision, why)
        return
    await deputies.retire(tx, decision, why)
    await ask(tx, decision, [given.role])


async def hand_back(tx: AsyncSession, agent: Agent) -> None:
    """Asks others for the reviews that an agent was to give, since it goes."""
    for decision in await repository.open_with(tx, agent.id):
        for given in await repository.passes(tx, decision.id):
            if given.answer_bead == decision.answer_bead and given.verdict == Verdict.NONE:
                await hand_on(tx, decision, given, f"{agent.name} was let go.")


async def about(tx: AsyncSession, *, bead_id: str = "", run_id: str = "") -> Sequence[tuple[ReviewPass, bool]]:
    """The reviews of a bead's work, or of one run's, oldest first, each with whether its answer is waited for."""
    return [(row[0], bool(row[1])) for row in await repository.passes_about(tx, bead_id=bead_id, run_id=run_id)]


async def supersede(tx: AsyncSession, bead_id: str) -> None:
    """Takes back what is still asked about earlier work on a bead, since there is newer."""
    for decision_id in await repository.open_reviews(tx, bead_id):
        await service.cancel(tx, decision_id, reason="Newer work on the bead is asked about.", actor=SYSTEM)


async def _give(tx: AsyncSession, decision: Decision, agent: Agent, role: str) -> None:
    about = await tx.get_one(Bead, decision.bead_id)
    asker = await agents.name_of(tx, decision.requester_id)
    told = review_task(decision, about, asker, await _earlier(tx, about.id))
    wanted = beads.draft(
        project_id=decision.project_id, title=f"Review: {about.title}"[:500], description=told, type="review",
        acceptance_criteria="approve_bead or reject_bead was taken, or done where people should review it.",
        priority=decision.priority, assigned_to=agent.id, context={"decides": decision.id, "reviews": decision.run_id},
    )  # fmt: skip
    bead = await beads.create(tx, wanted, actor=SYSTEM)
    decision.answer_bead = bead.id
    _begin_anew(decision)
    tx.add(ReviewPass(
        id=new_id("pass"), decision_id=decision.id, bead_id=about.id, run_id=decision.run_id, role=role,
        agent_id=agent.id, agent=agent.name, answer_bead=bead.id,
    ))  # fmt: skip
    actor = agent_actor(decision.requester_id, asker, decision.project_id)
    why = f"The project wants finished work reviewed by a {role}."
    deputies.pass_on(tx, decision, agent.id, why=why, actor=actor, answer_bead=bead.id)
    await _set_aside(tx, decision, f"Waits for review by {agent.name} ({role}), through {bead.id}.")


def _begin_anew(decision: Decision) -> None:
    """Whoever is asked now has the whole time to answer."""
    decision.deadline = max(decision.deadline, now() + service.ANSWER_WITHIN)


async def _reviewer(tx: AsyncSession, decision: Decision, role: str, left: set[str]) -> Agent | None:
    """Whoever with the role can take it up the soonest."""
    unfit = {decision.requester_id, *left, *await repository.who_worked_on(tx, decision.bead_id)}
    able = [
        one
        for one in await agents.of_project(tx, decision.project_id)
        if one.role == role and one.id not in unfit and is_there(one.status, one.paused_because)
    ]
    chosen = min(able, key=lambda one: FREE_FIRST[one.status], default=None)
    return await agents.get(tx, chosen.id) if chosen is not None else None


def is_there(status: str, paused_because: str) -> bool:
    """Whether an agent is to be counted on: not let go, nor kept from work by a person once its run ends."""
    held = paused_because in (PausedBecause.PERSON, PausedBecause.LEAVING)
    return status == AgentStatus.WORKING or (status != AgentStatus.COMPLETE and not held)


async def _asked(tx: AsyncSession, through: str, about: str, reviewer: Actor) -> tuple[Decision, ReviewPass | None]:
    found = await repository.answered_through(tx, through)
    if found is None or found.kind != Kind.REVIEW:
        raise Invalid(
            "This run reviews nobody's work, so it can neither approve nor reject. When your own work is right, answer "
            "done; Loom has it reviewed where the project wants that.",
            code="not_a_review",
        )
    found = await service.get_open(tx, found.id, reviewer)
    if about not in (found.bead_id, through):
        raise Invalid(
            f"This run reviews the work on {found.bead_id}, not on {about[:100]!r}. Name {found.bead_id} as bead_id.",
            code="other_bead",
        )
    await deputies.refuse_if_not_left_to(tx, found, reviewer.id)
    given = (one for one in await repository.passes(tx, found.id) if one.answer_bead == through)
    return found, next((one for one in given if one.verdict == Verdict.NONE), None)


def _answer(
    tx: AsyncSession, decision: Decision, given: ReviewPass, verdict: Verdict, reason: str, reviewer: Actor
) -> None:
    given.verdict, given.reason, given.answered_at = verdict, reason.strip(), now()
    data = {
        "run_id": decision.run_id, "decision_id": decision.id, "agent_id": given.agent_id, "role": given.role,
        "reason": given.reason[:LONGEST_REASON],
    }  # fmt: skip
    append(tx, f"run.{verdict}", actor=reviewer, project_id=decision.project_id, subject_id=decision.bead_id, data=data)


async def _say(tx: AsyncSession, decision: Decision, reason: str, reviewer: Actor) -> None:
    try:
        await comments.add(tx, decision.id, reason, actor=reviewer)
    except Conflict:  # so many comments that one more is refused; the record of reviews has it as well
        return


async def _set_aside(tx: AsyncSession, decision: Decision, why: str) -> None:
    """Says on the bead whom it waits for, unless it was moved on."""
    bead = await tx.get(Bead, decision.bead_id, populate_existing=True)
    if bead is not None and bead.status == BeadStatus.BLOCKED:
        await beads.set_status(tx, bead.id, BeadStatus.BLOCKED, actor=SYSTEM, reason=why[:LONGEST_REASON])


async def _earlier(tx: AsyncSession, bead_id: str) -> list[ReviewPass]:
    """What reviewers said of the bead's work before."""
    return [row[0] for row in await repository.passes_about(tx, bead_id=bead_id) if row[0].verdict == Verdict.REJECTED]
