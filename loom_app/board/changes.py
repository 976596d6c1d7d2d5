"""What open boards are told of a change: the cards it touched, worked out once for all who look."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from pydantic_core import from_json, to_json
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.board.cards import Card, cards
from loom_app.board.repository import Wanted
from loom_app.events.record import EventRecord
from loom_app.events.visibility import Sight
from loom_app.kernel.database import Database

SOURCES = frozenset({"bead", "run"})
"""Whose events change cards; their subjects are beads."""
RELEASING = frozenset({"bead.deleted", "bead.restored"})
HOLDING = frozenset({"parent", "children", "blocked_by", "blocks", "dependencies"})
"""The fields of a bead that say what holds up what."""
MOST_TOLD = 20
"""How many cards are sent along with a change; of more only the names, to be asked for."""
REMEMBERED = 16
"""How many batches of events are remembered: all who look hear of a batch within moments."""

_made: WeakKeyDictionary[Database, "OrderedDict[tuple[int, ...], asyncio.Task[list[Card]]]"] = WeakKeyDictionary()


async def told(db: Database, batch: Sequence[EventRecord], sight: Sight) -> list[dict[str, Any]]:
    """The cards that `batch` touched, as `sight` has them: {"seq", "id", "card"}, `card` null where there are many.

    None when the database is away: whoever hears of a change and gets no card asks for it.
    """
    touching = [event for event in batch if event.source in SOURCES and event.subject_id]
    if not touching:
        return []
    projects = sight.actor.projects
    try:
        found = await _once(db, touching)
    except SQLAlchemyError:
        return []
    shown = [card.shown_to(projects) for card in found if sight.actor.sees(card.json["project_id"])]
    seq, few = touching[-1].seq, len(shown) <= MOST_TOLD
    return [{"seq": seq, "id": card["id"], "card": card if few else None} for card in shown]


async def _once(db: Database, batch: Sequence[EventRecord]) -> list[Card]:
    """The cards of this batch, read by whoever asks first."""
    remembered = _made.setdefault(db, OrderedDict())
    key = tuple(event.seq for event in batch)
    if key not in remembered:
        remembered[key] = asyncio.create_task(_read(db, batch))
        while len(remembered) > REMEMBERED:
            remembered.popitem(last=False)
    return await asyncio.shield(remembered[key])


async def _read(db: Database, batch: Sequence[EventRecord]) -> list[Card]:
    async with db.read() as tx:
        found = await cards(tx, Wanted(None, ids=tuple(await _touched(tx, batch))))
    return [replace(card, json=from_json(to_json(card.json))) for card in found]


async def _touched(tx: AsyncSession, batch: Iterable[EventRecord]) -> set[str]:
    """The beads whose cards may look different: the subjects, those they name, and those these may hold up."""
    subjects, roots = set(), set()
    for event in batch:
        bead_id = str(event.subject_id)
        subjects.add(bead_id)
        if event.type in RELEASING or "done" in (event.data.get("from"), event.data.get("to")):
            roots.add(bead_id)
        changes = event.data.get("changes")
        if isinstance(changes, dict) and not HOLDING.isdisjoint(changes):
            roots |= {bead_id, *_named(changes)}
    return subjects | (await beads.may_be_held_by(tx, roots) if roots else set())


def _named(changes: dict[str, Any]) -> set[str]:
    """The neighbours that come after a bead, of those that `changes` names."""
    lists = [changes[name] for name in ("blocks", "children") if isinstance(changes.get(name), dict)]
    ends = [ids for both in lists for ids in both.values() if isinstance(ids, list)]
    return {bead_id for ids in ends for bead_id in ids if isinstance(bead_id, str)}
