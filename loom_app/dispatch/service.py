"""One round of dispatch: expired leases freed, ready beads given to idle agents, each choice kept with its reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.dispatch import repository
from loom_app.dispatch.fairness import Turn, first
from loom_app.dispatch.giving import NO_PROVIDER, Given, Offer, PassBy, give
from loom_app.dispatch.line import TOGETHER, Line
from loom_app.dispatch.room import Room
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.log import get_logger
from loom_app.readiness import service as readiness
from loom_app.runs import lease
from loom_app.runs.ending import end_expired
from loom_app.runs.models import Run

log = get_logger(__name__)


@dataclass
class Round:
    """What one round did."""

    claimed: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Beads that were given out often enough and are put to people now."""
    waiting: str = ""
    """Why nothing (more) was given out, in a sentence; empty when nothing waits."""

    def note(self, given: Given) -> None:
        """Adds what one transaction gave out, and why not more."""
        self.claimed += [run.id for run in given.runs]
        self.asked += [given.asked] if given.asked else []
        self.waiting = given.waiting or self.waiting


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
    waiting = {turn.project_id: turn for turn in turns if turn.project_id in lines}
    while offers := await _offered(waiting, lines):
        given = await give(db, settings, [offer for _, offer in offers])
        done.note(given)
        for run in given.runs:
            begun(run)
        _take_back(offers[len(given.runs) :], given, waiting, lines)
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


async def _offered(turns: dict[str, Turn], lines: Mapping[str, Line]) -> list[tuple[Turn, Offer]]:
    """The next beads to give out, each with whose turn that was: by turns, as if every one of them were claimed."""
    offers: list[tuple[Turn, Offer]] = []
    while turns and len(offers) < TOGETHER:
        turn = first(turns.values())
        del turns[turn.project_id]
        found = await lines[turn.project_id].next()
        if found is not None:
            lines[turn.project_id].given(found[1].agent)
            offers.append((turn, Offer(*found)))
            turns[turn.project_id] = Turn(turn.project_id, now())
    return offers


def _take_back(
    offers: Sequence[tuple[Turn, Offer]], given: Given, turns: dict[str, Turn], lines: Mapping[str, Line]
) -> None:
    """Puts what was not claimed back in line, all but the first of it, which was refused."""
    for turn, offer in reversed(offers[1:]):
        lines[turn.project_id].take_back(offer.chosen.agent, offer.work)
        turns[turn.project_id] = turn
    for turn, offer in offers[:1]:
        lines[turn.project_id].take_back(offer.chosen.agent)
        turns[turn.project_id] = turn
        _pass_by(lines[turn.project_id], offer, given.passed)


def _pass_by(line: Line, offer: Offer, what: PassBy) -> None:
    if what == PassBy.AGENT:
        line.leave_out(offer.chosen.agent)
    elif what == PassBy.LINE:
        line.end()
