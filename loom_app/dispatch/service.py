"""One round of dispatch: expired leases freed, ready beads given to idle agents, each choice kept with its reasons."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.dispatch import hops, repository
from loom_app.dispatch.choosing import kept
from loom_app.dispatch.fairness import Turn, first
from loom_app.dispatch.line import Line
from loom_app.dispatch.matching import Match
from loom_app.dispatch.room import Place, Room
from loom_app.dispatch.scoring import Work
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.errors import Conflict, LoomError, NotFound
from loom_app.kernel.log import get_logger
from loom_app.ledger.models import Scope
from loom_app.ledger.orders import Refused
from loom_app.providers import service as providers
from loom_app.readiness import service as readiness
from loom_app.runs import lease
from loom_app.runs.begin import begin
from loom_app.runs.ending import end_expired
from loom_app.runs.models import Run
from loom_app.runs.paying import check_budgets

log = get_logger(__name__)
CLAIMS = 0x10031
"""The key of the lock that claims take in turn, so that none goes over a limit that two would break together."""
OF_THE_BEAD = frozenset({"bead_held", "bead_not_open", "bead_blocked", "bead_not_found", "bead_deleted"})
"""The codes of refusals after which another bead may still be given out."""
NO_PROVIDER = "No provider is active; agents rest until one is."


@dataclass
class Round:
    """What one round did."""

    claimed: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Beads that were given out often enough and are put to people now."""
    waiting: str = ""
    """Why nothing (more) was given out, in a sentence; empty when nothing waits."""


async def dispatch(db: Database, settings: Settings, begun: Callable[[Run], None] = lambda _: None) -> Round:
    """Frees what has expired, then gives each idle agent the most urgent ready bead that suits it, project by turns.

    `begun` is told of each run as soon as its claim is committed.
    """
    done = Round(freed=await free_expired(db, settings))
    async with db.read() as tx:
        turns = [Turn(*row) for row in await repository.in_need(tx)]
        room = await Room.load(tx, settings.dispatch) if turns else Room()
    lines = {}
    for turn in turns:
        line = await _line(db, settings, turn.project_id, room, done)
        if line is not None:
            lines[turn.project_id] = line
    turns = [turn for turn in turns if turn.project_id in lines]
    while turns:
        turn = first(turns)
        turns.remove(turn)
        run = await _give_one(db, settings, lines[turn.project_id], done)
        if run is not None:
            begun(run)
            turns.append(Turn(turn.project_id, now()))
    return done


async def free_expired(db: Database, settings: Settings) -> list[str]:
    """Ends every run whose lease ran out and opens its bead again. Answers the beads."""
    async with db.read() as tx:
        if not await lease.any_expired(tx):
            return []
    async with db.write() as tx:
        found = await lease.expired(tx)
        for held in found:
            log.warning("lease ran out", bead=held.bead_id, holder=held.holder, run=held.run_id)
            await end_expired(tx, held, settings)
    return [held.bead_id for held in found]


async def _line(db: Database, settings: Settings, project_id: str, room: Room, done: Round) -> Line | None:
    """The project's beads in line; None where none is given out at all."""
    async with db.read() as tx:
        column = await beads.limited(tx, project_id, BeadStatus.IN_PROGRESS)
        if column is not None and not column.room:
            done.waiting = f"{column}; ready beads wait."
            return None
        held = await readiness.why_held(tx, project_id, settings)
        team = await repository.team(tx, project_id)
    if held:
        done.waiting = held
        return None
    if all(one.provider_id is None for one in team):
        done.waiting = NO_PROVIDER
        return None
    return Line(db, project_id, room, team=team, places=None if column is None else column.room)


async def _give_one(db: Database, settings: Settings, line: Line, done: Round) -> Run | None:
    """Gives out the next bead of the line that can be; None when there is none any more."""
    while (found := await line.next()) is not None:
        work, chosen = found
        run = await _claim(db, settings, line, work, chosen, done)
        if run is not None:
            done.claimed.append(run.id)
            line.given(chosen.agent)
            return run
    return None


async def _claim(db: Database, settings: Settings, line: Line, work: Work, chosen: Match, done: Round) -> Run | None:
    """Claims in a transaction of its own; somebody else being quicker is no error."""
    try:
        async with db.write() as tx:
            await one_at_a_time(tx, CLAIMS)
            bead, agent = await tx.get(Bead, work.id), await tx.get(Agent, chosen.agent.id)
            if agent is None or agent.status != AgentStatus.IDLE:
                line.leave_out(chosen.agent)
                return None
            if bead is None or bead.assigned_to != work.assigned_to or not await beads.is_ready(tx, work.id, now()):
                return None
            if await hops.ask_if_too_many(tx, work.id, settings):
                done.asked.append(work.id)
                return None
            if why := await _why_not(tx, settings, agent):
                done.waiting = why
                line.leave_out(chosen.agent)
                return None
            return await _begin(tx, settings, bead, agent, chosen)
    except (Conflict, NotFound) as refusal:
        log.info("bead not claimed", bead=work.id, why=refusal.message)
        if refusal.code not in OF_THE_BEAD:
            done.waiting = refusal.message
            _pass_by(line, chosen, refusal)
        return None


def _pass_by(line: Line, chosen: Match, refusal: LoomError) -> None:
    """What stops one bead stops the whole line, but for the budget of a bead, of its maker or of an agent."""
    scope = refusal.budget.scope if isinstance(refusal, Refused) else Scope.PROJECT
    if scope == Scope.AGENT:
        line.leave_out(chosen.agent)
    elif scope in (Scope.SYSTEM, Scope.PROJECT):
        line.end()


async def _why_not(tx: AsyncSession, settings: Settings, agent: Agent) -> str:
    """Why no run with the agent may begin at this moment, in a sentence; empty when one may."""
    provider = await providers.working(tx, agent.provider_id)
    if provider is None:
        return NO_PROVIDER
    room = await Room.load(tx, settings.dispatch)
    reached = room.full(Place(agent.project_id, agent.role, provider.id))
    return f"{str(reached[0]).capitalize()}; ready beads wait." if reached else ""


async def _begin(tx: AsyncSession, settings: Settings, bead: Bead, agent: Agent, chosen: Match) -> Run:
    provider = await providers.working(tx, agent.provider_id)
    assert provider is not None
    run = await begin(tx, bead, agent, provider, seconds=settings.runs.lease_seconds, why=chosen.why)
    await check_budgets(tx, bead, agent.id, provider, settings.budgets)
    tx.add(kept(run.id, chosen))
    return run
