"""Giving out what was chosen: several claims in one transaction, each of them whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent, AgentStatus
from loom_app.auth import service as users
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.dispatch import hops, repository
from loom_app.dispatch.choosing import kept
from loom_app.dispatch.matching import Match
from loom_app.dispatch.room import Place, Room
from loom_app.dispatch.scoring import Work
from loom_app.events.service import trying
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.kernel.errors import Conflict, LoomError, NotFound
from loom_app.kernel.log import get_logger
from loom_app.ledger import stops
from loom_app.ledger.models import Scope
from loom_app.ledger.orders import Payer, Refused
from loom_app.providers import service as providers
from loom_app.providers.models import Provider
from loom_app.runs.begin import begin
from loom_app.runs.models import Run
from loom_app.runs.paying import unpriced

log = get_logger(__name__)
CLAIMS = 0x10031
"""The key of the lock that claims take in turn, so that none goes over a limit that two would break together."""
OF_THE_BEAD = frozenset({"bead_held", "bead_not_open", "bead_blocked", "bead_not_found", "bead_deleted"})
"""The codes of refusals after which another bead may still be given out."""
NO_PROVIDER = "No provider is active; agents rest until one is."


class PassBy(StrEnum):
    """What is asked no more in this round after a claim that came to nothing."""

    BEAD = "bead"
    AGENT = "agent"
    LINE = "line"


@dataclass(frozen=True)
class Offer:
    """A bead that was chosen, and for whom."""

    work: Work
    chosen: Match


@dataclass
class Given:
    """The runs that began, one for each of the first offers, and what became of the offer after them."""

    runs: list[Run] = field(default_factory=list)
    asked: str = ""
    """The bead was given out often enough and is put to people now."""
    waiting: str = ""
    """Why it was not given out, in a sentence; empty where another was quicker."""
    passed: PassBy = PassBy.BEAD


@dataclass
class Held:
    """What claims look at, as it is in their transaction: kept from others, or under the lock of claims."""

    tx: AsyncSession
    settings: Settings
    beads: Mapping[str, Bead]
    agents: Mapping[str, Agent]
    ready: set[str]
    people: Mapping[str, str]
    """Those of the beads' makers who are people, by id."""
    room: Room
    _providers: dict[str, tuple[Provider | None, str]] = field(default_factory=dict)

    @classmethod
    async def of(cls, tx: AsyncSession, settings: Settings, offers: Sequence[Offer]) -> "Held":
        """Everything about these offers, the same rows always in the same order."""
        ids = [offer.work.id for offer in offers]
        await one_at_a_time(tx, CLAIMS)
        await beads.wait_turns(tx, ids)
        found, team = await repository.kept(tx, ids, [offer.chosen.agent.id for offer in offers])
        return cls(
            tx, settings, found, team, await beads.ready_among(tx, ids, now()),
            await users.names(tx, {bead.created_by for bead in found.values()}),
            await Room.load(tx, settings.dispatch),
        )  # fmt: skip

    async def provider(self, wanted: str) -> tuple[Provider | None, str]:
        """The provider for agents that want this one, and its model where that has no price."""
        if wanted not in self._providers:
            found = await providers.working(self.tx, wanted)
            self._providers[wanted] = found, await unpriced(self.tx, found) if found else ""
        return self._providers[wanted]


async def give(db: Database, settings: Settings, offers: Sequence[Offer]) -> Given:
    """Claims the beads in order, up to the first that cannot be: the choice of those after it stands on that one.

    Somebody else being quicker is no error.
    """
    given = Given()
    async with db.write() as tx:
        held = await Held.of(tx, settings, offers)
        for offer in offers:
            run = await _tried(held, offer, given)
            if run is None:
                break
            given.runs.append(run)
    return given


async def _tried(held: Held, offer: Offer, given: Given) -> Run | None:
    try:
        async with trying(held.tx):
            return await _claim(held, offer, given)
    except (Conflict, NotFound) as refusal:
        log.info("bead not claimed", bead=offer.work.id, why=refusal.message)
        if refusal.code not in OF_THE_BEAD:
            given.waiting, given.passed = refusal.message, _passed_by(refusal)
        return None


def _passed_by(refusal: LoomError) -> PassBy:
    """What stops one bead stops the whole line, but for the budget of a bead, of its maker or of an agent."""
    scope = refusal.budget.scope if isinstance(refusal, Refused) else Scope.PROJECT
    if scope == Scope.AGENT:
        return PassBy.AGENT
    return PassBy.LINE if scope in (Scope.SYSTEM, Scope.PROJECT) else PassBy.BEAD


async def _claim(held: Held, offer: Offer, given: Given) -> Run | None:
    work = offer.work
    bead, agent = held.beads.get(work.id), held.agents.get(offer.chosen.agent.id)
    if agent is None or agent.status != AgentStatus.IDLE:
        given.passed = PassBy.AGENT
        return None
    if bead is None or bead.assigned_to != work.assigned_to or work.id not in held.ready:
        return None
    if bead.hops >= held.settings.dispatch.max_hops and await hops.ask_if_too_many(held.tx, work.id, held.settings):
        given.asked = work.id
        return None
    provider, no_price = await held.provider(agent.provider_id)
    given.waiting = _why_not(held.room, agent, provider)
    if provider is None or given.waiting:
        given.passed = PassBy.AGENT
        return None
    run = await _begin(held, bead, agent, provider, offer.chosen, no_price)
    held.room.take(Place(agent.project_id, agent.role, provider.id, agent.id))
    return run


def _why_not(room: Room, agent: Agent, provider: Provider | None) -> str:
    """Why no run with the agent may begin at this moment, in a sentence; empty when one may."""
    if provider is None:
        return NO_PROVIDER
    reached = room.full(Place(agent.project_id, agent.role, provider.id))
    return f"{str(reached[0]).capitalize()}; ready beads wait." if reached else ""


async def _begin(
    held: Held, bead: Bead, agent: Agent, provider: Provider, chosen: Match, no_price: str
) -> Run:  # fmt: skip
    settings, payer = held.settings, Payer(bead.project_id, agent.id, _maker(held, bead), bead.id)
    run = await begin(held.tx, bead, agent, provider, seconds=settings.runs.lease_seconds, why=chosen.why)
    await stops.check(held.tx, payer, settings.budgets, unpriced=no_price)
    held.tx.add(kept(run.id, chosen))
    return run


def _maker(held: Held, bead: Bead) -> str:
    """Whoever made the bead where that was a person."""
    return bead.created_by if bead.created_by in held.people else ""
