"""What a person says to an agent about a bead, and how their talk stands."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.protocol import TOOLS
from loom_app.agents import service as agents
from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.pair import repository
from loom_app.pair.answering import MOST_ROUNDS
from loom_app.pair.handing import WORD, order
from loom_app.pair.prompt import WORDS, system_prompt
from loom_app.pair.schemas import PairRequest
from loom_app.pair.turns import hear
from loom_app.personas import revisions as personas
from loom_app.projects import service as projects
from loom_app.providers import formats
from loom_app.providers import service as providers
from loom_app.providers.models import Provider
from loom_app.runs import pairing
from loom_app.runs import service as runs
from loom_app.runs.models import Nudge, Run
from loom_app.runs.workplace import job_of
from loom_app.sandbox.commands import confinement

SAID = 300
"""How much of a message its event tells."""


@dataclass(frozen=True)
class Begun:
    """A message that was heard: its run and turn, how many messages there are, why nothing may be changed, if so."""

    run: Run
    number: int
    count: int
    agent_name: str
    why_unchanged: str


async def say(tx: AsyncSession, wanted: PairRequest, *, person: Actor, settings: Settings) -> Begun:
    """Hears what a person says, for the answer that is to come; the bead is theirs until that is over.

    Raises NotFound, Invalid for an agent of another project, Conflict while somebody has the bead, for a closed
    project, an agent that was let go or while no provider works, Forbidden for who may not read beads.
    """
    _check_may_read(person)
    bead = await beads.get(tx, wanted.bead_id, actor=person)
    await projects.get_open(tx, bead.project_id, actor=person)
    agent = await _agent(tx, wanted.agent_id, bead, person)
    provider = await providers.working(tx, agent.provider_id)
    if provider is None:
        raise Conflict(
            "No provider works at present, so nobody can answer. The page Providers says why.", code="no_provider"
        )
    run = await pairing.take(tx, bead, agent, provider, person=person, settings=settings)
    why = pairing.why_unchanged(bead, person)
    job = await job_of(tx, run.id)
    form = TOOLS if formats.choose(provider, now()).format == TOOLS else WORDS
    persona, run.persona_revision = await personas.in_use(tx, agent.persona_name)
    run.persona_name = persona.name
    system = system_prompt(job, persona, confinement().detail, why, form)
    number, is_new = await hear(tx, job, wanted.message, system, form, MOST_ROUNDS)
    if is_new:
        _note(tx, run, wanted.message, number, person)
    await tx.flush()
    return Begun(run, number, await repository.count(tx, run.id), agent.name, why)


async def finish(tx: AsyncSession, run_id: str, message: str, *, person: Actor, settings: Settings) -> Begun:
    """Takes the bead to hand in what was changed, with `message`. Raises NotFound, and Conflict where there is nothing
    to hand in."""
    run = await own(tx, run_id, person)
    bead = await beads.get(tx, run.bead_id, actor=person)
    if not pairing.has_work(run, bead):
        raise Conflict(
            f"There is nothing of yours to finish: {bead.id} is {bead.status}, and nothing was changed in this talk "
            "since.",
            code="nothing_to_finish",
        )
    agent = await agents.get(tx, run.agent_id)
    await projects.get_open(tx, bead.project_id, actor=person)
    provider = await tx.get_one(Provider, run.provider_id)
    taken = await pairing.take(tx, bead, agent, provider, person=person, settings=settings)
    if taken.id != run_id:
        raise Conflict(f"Others have worked on {bead.id} since. Look at its newest run.", code="pair_superseded")
    said = f"{WORD} {message}".strip()
    number = await order(tx, run_id, message)
    _note(tx, run, said, number, person)
    await tx.flush()
    return Begun(taken, number, await repository.count(tx, run_id), agent.name, "")


async def own(tx: AsyncSession, run_id: str, person: Actor) -> Run:
    """The person's own talk. Raises NotFound for what is none, and Conflict for somebody else's."""
    run = await get(tx, run_id, actor=person)
    if run.paired_with != person.id:
        raise Conflict(f"{run.paired_name} leads this talk; only they can do that.", code="not_yours")
    return run


async def get(tx: AsyncSession, run_id: str, *, actor: Actor) -> Run:
    """A talk, if `actor` sees its project. Raises NotFound."""
    run = await runs.get(tx, run_id, actor=actor)
    if not run.paired_with:
        raise NotFound(f"There is no talk {run_id[:100]!r}; POST /api/v1/pair begins one.", code="session_not_found")
    return run


def _check_may_read(person: Actor) -> None:
    if not person.may("beads:read"):
        raise Forbidden(
            f"Talking about a bead needs the permission beads:read, which {person.name} does not have.",
            code="permission_missing", permission="beads:read",
        )  # fmt: skip


async def _agent(tx: AsyncSession, agent_id: str, bead: Bead, person: Actor) -> Agent:
    agent = await agents.get(tx, agent_id, actor=person)
    if agent.project_id != bead.project_id:
        raise Invalid(
            f"{agent.name} ({agent.id}) works for another project than {bead.id}. Name an agent of that project; "
            f"GET /api/v1/agents?project_id={bead.project_id} lists them.",
            code="agent_elsewhere",
        )
    if agent.status == AgentStatus.COMPLETE:
        raise Conflict(f"{agent.name} was let go. Choose another agent.", code="agent_complete")
    return agent


def _note(tx: AsyncSession, run: Run, message: str, number: int, person: Actor) -> None:
    tx.add(
        Nudge(
            id=new_id("nudge"), bead_id=run.bead_id, run_id=run.id, author=person.id, author_name=person.name,
            text=message, heard_run_id=run.id, heard_turn=number,
        )
    )  # fmt: skip
    data = {"run_id": run.id, "agent_id": run.agent_id, "turn": number, "text": message[:SAID]}
    append(tx, "pair.asked", actor=person, project_id=run.project_id, subject_id=run.bead_id, data=data)
