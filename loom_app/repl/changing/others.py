"""Changes of agents, runs, decisions and budgets."""

from pydantic import Field

from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.budgets import service as budgets
from loom_app.budgets.schemas import MOST_MICROS, BudgetChange, BudgetDraft
from loom_app.decisions import answers
from loom_app.decisions import service as decisions
from loom_app.decisions.models import DecisionStatus
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.kernel.money import dollars
from loom_app.ledger.models import Budget, Scope, Window
from loom_app.ledger.orders import words
from loom_app.repl.changing.kind import Kind, Plan
from loom_app.repl.found import Link, agent_link, bead_link, plain
from loom_app.repl.reading.tool import Arguments, Asking
from loom_app.runs import service as runs
from loom_app.runs import steering
from loom_app.runs.models import LIVE, Run

MICROS = 1_000_000
Called = Field(min_length=1, max_length=200, description="The agent's id or name.")
RunId = Field(min_length=1, max_length=200)


class PauseAgent(Arguments):
    """Keeps an agent from new work."""

    agent: str = Called


class ResumeAgent(Arguments):
    """Lets an agent work again."""

    agent: str = Called


class CancelRun(Arguments):
    """Stops a run; its bead is set aside as blocked."""

    run_id: str = RunId


class NudgeRun(Arguments):
    """Tells the model of a run something in its next turn."""

    run_id: str = RunId
    text: str = Field(min_length=1, max_length=4_000)


class AnswerDecision(Arguments):
    """Answers a decision with one of its options, or in words where it takes any."""

    decision_id: str = Field(min_length=1, max_length=200)
    answer: str = Field(min_length=1, max_length=2_000)
    rationale: str = Field("", max_length=2_000)


class SetBudget(Arguments):
    """Sets what may be spent: scope system, project, agent, user or bead with its id; window daily, monthly, total."""

    scope: Scope
    scope_id: str = Field("", max_length=200)
    window: Window
    dollars: float = Field(ge=0, le=MOST_MICROS / MICROS, allow_inf_nan=False)


async def plan_pause(asking: Asking, wanted: PauseAgent) -> Plan:
    """What a pause means."""
    agent = await named(asking, wanted.agent)
    if agent.paused_because == "person":
        raise Conflict(f"{agent.name} is paused already.", code="agent_paused")
    effects = ("It gets no new work until somebody resumes it; a run that is on goes to its end.",)
    return Plan(f"Pause {_agent(agent)}", effects, _agent_facts(agent), {"agent": agent.id})


async def pause(asking: Asking, wanted: PauseAgent) -> str:
    """Pauses it."""
    return f"{_agent(await agents.pause(asking.tx, wanted.agent, actor=asking.actor))} is paused."


async def plan_resume(asking: Asking, wanted: ResumeAgent) -> Plan:
    """What resuming means."""
    agent = await named(asking, wanted.agent)
    if not agent.paused_because and agent.status in ("idle", "working"):
        raise Conflict(f"{agent.name} is not paused.", code="agent_not_paused")
    return Plan(
        f"Resume {_agent(agent)}", ("It gets work again, as soon as a provider works.",), _agent_facts(agent),
        {"agent": agent.id},
    )  # fmt: skip


async def resume(asking: Asking, wanted: ResumeAgent) -> str:
    """Resumes it."""
    agent = await agents.resume(asking.tx, wanted.agent, actor=asking.actor)
    return f"{_agent(agent)} is {agent.status} now."


async def plan_cancel(asking: Asking, wanted: CancelRun) -> Plan:
    """What stopping means."""
    run = await _live(asking, wanted.run_id)
    effects = ("It ends within seconds; what it has not landed is lost.", "The bead is set aside as blocked.")
    return Plan(f"Stop the run {run.id} on {bead_link(run.bead_id).markdown}", effects, _run_facts(run))


async def cancel(asking: Asking, wanted: CancelRun) -> str:
    """Stops it."""
    run = await runs.cancel(asking.tx, wanted.run_id, actor=asking.actor)
    return f"The run on {bead_link(run.bead_id).markdown} is being stopped."


async def plan_nudge(asking: Asking, wanted: NudgeRun) -> Plan:
    """What the model will hear."""
    run = await _live(asking, wanted.run_id)
    said = f"Its model reads from you: {plain(wanted.text, 1_000)}"
    return Plan(f"Speak to the run on {bead_link(run.bead_id).markdown}", (said,), {"status": "on"})


async def nudge(asking: Asking, wanted: NudgeRun) -> str:
    """Says it."""
    said = await steering.nudge(asking.tx, wanted.run_id, wanted.text, actor=asking.actor)
    return f"The run on {bead_link(said.bead_id).markdown} hears it in its next turn."


async def plan_answer(asking: Asking, wanted: AnswerDecision) -> Plan:
    """What the answer means."""
    found = await decisions.get(asking.tx, wanted.decision_id, actor=asking.actor)
    if found.status != DecisionStatus.OPEN:
        raise Conflict(f"The decision {found.id} is over: {found.decision or found.status}.", code="decision_over")
    said, why, _ = answers.checked(found, wanted.answer, wanted.rationale)
    about = f" about {bead_link(found.bead_id).markdown}" if found.bead_id else ""
    effects = [f"Your answer is “{plain(said, 500)}”. Only the first answer counts."]
    effects += [f"The reason: {plain(why, 500)}"] if why else []
    effects += ["What waits for it goes on as the answer says."]
    facts = {"status": found.status, "question": found.question, "options": found.options}
    return Plan(f"Answer “{plain(found.title, 200)}”{about}", tuple(effects), facts)


async def answer(asking: Asking, wanted: AnswerDecision) -> str:
    """Answers it."""
    done = await decisions.decide(
        asking.tx, wanted.decision_id, decider=asking.actor, decision=wanted.answer, rationale=wanted.rationale
    )
    return f"“{plain(done.title, 200)}” is answered: {plain(done.decision)}. {Link('Decisions', '/decisions').markdown}"


async def plan_budget(asking: Asking, wanted: SetBudget) -> Plan:
    """What the limit means."""
    draft = _draft(wanted)
    known = await _same(asking, draft)
    project_id = await budgets.project_of(asking.tx, draft, asking.actor)
    budget = known or Budget(
        id="", scope=draft.scope, scope_id=draft.scope_id, window=draft.window or "", limit_micros=0,
        project_id=project_id,
    )  # fmt: skip
    budgets.check_may_change(budget, asking.actor)
    before = dollars(known.limit_micros) if known else "no limit"
    effects = (f"The limit goes from {before} to {dollars(draft.limit_micros)}, at once.",)
    return Plan(f"Set {plain(words(budget))} to {dollars(draft.limit_micros)}", effects, {"limit": before})


async def set_budget(asking: Asking, wanted: SetBudget) -> str:
    """Sets it."""
    draft = _draft(wanted)
    known = await _same(asking, draft)
    if known is None:
        made = await budgets.create(asking.tx, draft, actor=asking.actor)
    else:
        change = BudgetChange(limit_micros=draft.limit_micros)
        made = await budgets.update(asking.tx, known.id, change, actor=asking.actor)
    return (
        f"{plain(words(made)).capitalize()} is {dollars(made.limit_micros)} now. {Link('Budgets', '/budgets').markdown}"
    )


async def named(asking: Asking, name: str) -> Agent:
    """The one agent that is called so, by id or name. Raises NotFound and Invalid for several."""
    rows, _ = await agents.page(asking.tx, asking.actor, {}, words=name, limit=50, offset=0)
    wanted = name.casefold()
    exact = [row.id for row in rows if wanted in (row.id.casefold(), row.name.casefold())]
    if len(exact) > 1:
        exact = [row.id for row in rows if row.id.casefold() == wanted] or exact
    if len(exact) > 1:
        raise Invalid(
            f"{name[:100]!r} means several agents: {', '.join(exact[:5])}. Name one by id.", code="agent_unclear"
        )
    if not exact:
        raise NotFound(f"There is no agent called {name[:100]!r}. Ask who the agents are.", code="agent_not_found")
    return await agents.get(asking.tx, exact[0], actor=asking.actor)


def _draft(wanted: SetBudget) -> BudgetDraft:
    try:
        return BudgetDraft(
            scope=wanted.scope, scope_id=wanted.scope_id, window=wanted.window,
            limit_micros=round(wanted.dollars * MICROS),
        )  # fmt: skip
    except ValueError as error:
        raise Invalid(f"There is no such budget: {error}", code="bad_budget") from error


async def _same(asking: Asking, draft: BudgetDraft) -> Budget | None:
    asked = {"scope": draft.scope, "scope_id": draft.scope_id, "window": draft.window}
    rows, _ = await budgets.page(asking.tx, asking.actor, asked, 1, 0)
    return rows[0] if rows else None


async def _live(asking: Asking, run_id: str) -> Run:
    run = await runs.get(asking.tx, run_id, actor=asking.actor)
    if run.status not in LIVE:
        raise runs.is_over(run)
    return run


def _agent(agent: Agent) -> str:
    return agent_link(agent.id, agent.name).markdown


def _agent_facts(agent: Agent) -> dict[str, str]:
    return {"name": agent.name, "project": agent.project_id, "pause": agent.paused_because or "none"}


def _run_facts(run: Run) -> dict[str, object]:
    return {"run": run.id, "taken over": run.taken_by, "being stopped": run.cancel_requested}


KINDS = (
    Kind("pause_agent", "agents:write", PauseAgent, plan_pause, pause),
    Kind("resume_agent", "agents:write", ResumeAgent, plan_resume, resume),
    Kind("cancel_run", "beads:write", CancelRun, plan_cancel, cancel),
    Kind("nudge_run", "beads:write", NudgeRun, plan_nudge, nudge),
    Kind("answer_decision", "decisions:write", AnswerDecision, plan_answer, answer),
    Kind("set_budget", "projects:write", SetBudget, plan_budget, set_budget),
)
