"""Hearing the event log: what happened becomes a cause that waits for each motivation that wants it, once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events import service as events
from loom_app.events.record import EventRecord
from loom_app.kernel.database import Database, one_at_a_time
from loom_app.motivations import causes
from loom_app.motivations.happenings import KINDS, NOTHING, OF_TYPE, BeadFacts, evidence_of, in_words, wants
from loom_app.motivations.models import Motivation
from loom_app.motivations.registering import FOLLOWER
from loom_app.motivations.scene import Finding, Scene

LOCK = 0x10_3A
"""On PostgreSQL one worker at a time hears the log."""
BATCH, MOST_BATCHES = 500, 20
FAR_BEHIND = 5_000
"""How far behind the log the position may be while nothing in between is wanted."""
DEEPEST = 1
"""From how far on a motivation is behind a bead others overlook it that would file work of their own."""
MADE = "bead.created"


@dataclass
class Heard:
    """A cause that was heard of."""

    motivation: Motivation
    project_id: str
    cause: str
    event: EventRecord
    times: int = 1


@dataclass
class Batch:
    """Events with what is known of the beads they are about."""

    events: Sequence[EventRecord]
    beads: dict[str, BeadFacts] = field(default_factory=dict)
    descended: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Beads that came of work a firing filed: the firing, and how far it is behind them."""


async def hear(db: Database, scene: Scene) -> None:
    """Reads the log to its end, and writes only where something in it is wanted."""
    types = wanted_types(scene)
    for _ in range(MOST_BATCHES):
        async with db.read() as tx:
            start, newest = await position(tx), await events.last_seq(tx)
            found = await events.after(tx, start, BATCH, types)
        if not found and newest - start < FAR_BEHIND:
            return
        async with db.write() as tx:
            if not await _take(tx, scene, types):
                return


async def position(tx: AsyncSession) -> int:
    """How far the log has been heard."""
    return await events.position(tx, FOLLOWER) or 0


def wanted_types(scene: Scene) -> frozenset[str]:
    """The types of events to be read: those the motivations want, and of beads made, whose work they come of."""
    wanted = (type_ for condition, kind in KINDS.items() if scene.of(condition) for type_ in kind.types)
    return frozenset(wanted) | {MADE}


async def _take(tx: AsyncSession, scene: Scene, types: frozenset[str]) -> bool:
    """Takes one batch in; whether there may be more."""
    await one_at_a_time(tx, LOCK)
    start, newest = await position(tx), await events.last_seq(tx)
    found = await events.after(tx, start, BATCH, types)
    batch = await known(tx, found)
    await causes.add_descended(tx, batch.descended)
    await causes.add(tx, [_row(one) for one in heard(scene, batch)])
    more = len(found) == BATCH
    heard_to = found[-1].seq if found else newest
    await events.save_position(tx, FOLLOWER, heard_to if more else max(heard_to, newest))
    return more


async def known(tx: AsyncSession, found: Sequence[EventRecord]) -> Batch:
    """The events with what their beads are."""
    batch = Batch(found)
    about = [event for event in found if event.type.startswith("bead.") and event.subject_id]
    if about:
        ids = sorted({str(event.subject_id) for event in about})
        made = [event for event in about if event.type == MADE and event.actor_kind == "agent"]
        batch.descended = await causes.descended(tx, made)
        depths = await causes.depths(tx, ids) | {one: depth for one, (_, depth) in batch.descended.items()}
        for row in await causes.bead_facts(tx, ids):
            batch.beads[row.id] = BeadFacts(row.type, row.priority, bool(row.ends), depths.get(row.id, 0))
    return batch


def heard(scene: Scene, batch: Batch) -> list[Heard]:
    """The causes in a batch, each once."""
    found: dict[tuple[str, str, str], Heard] = {}
    for event in batch.events:
        condition = OF_TYPE[event.type]
        bead = batch.beads.get(event.subject_id or "", NOTHING)
        for motivation in scene.of(condition):
            if not _meets(scene, motivation, event, bead):
                continue
            cause = KINDS[condition].cause(event)
            key = (motivation.id, str(event.project_id), cause)
            if key in found:
                found[key].times += 1
            else:
                found[key] = Heard(motivation, str(event.project_id), cause, event)
    return list(found.values())


def _meets(scene: Scene, motivation: Motivation, event: EventRecord, bead: BeadFacts) -> bool:
    place = scene.places.get(event.project_id or "")
    if place is None or motivation.project_id not in (None, place.id) or not place.meant(motivation):
        return False
    if motivation.create_bead and bead.depth >= DEEPEST:
        return False
    return wants(OF_TYPE[event.type], scene.given(motivation), event, bead)


async def waiting(tx: AsyncSession, scene: Scene) -> list[Finding]:
    """The first cause that waits for each motivation in each project; of what only wakes, all of them together."""
    wanted = {one.id: one for one in scene.of(*KINDS)}
    if not wanted:
        return []
    rows = await causes.first_waiting(tx)
    pairs = [(wanted[row.motivation_id], scene.places[row.project_id], row) for row in rows
             if row.motivation_id in wanted and row.project_id in scene.places]  # fmt: skip
    return [_finding(motivation, place, row) for motivation, place, row in pairs if place.meant(motivation)]


def _finding(motivation: Motivation, place: Any, row: Any) -> Finding:
    more = f" and {row.waiting - 1} more" if row.waiting > 1 and not motivation.create_bead else ""
    evidence = {**row.evidence, "times": row.times}
    return Finding(motivation, place, row.cause, in_words(row.evidence) + more, evidence, about=row.cause, seq=row.seq)


async def unheard(tx: AsyncSession, scene: Scene) -> list[Finding]:
    """What the log holds that has not been heard yet, for a dry run."""
    types = wanted_types(scene)
    found = await events.after(tx, await position(tx), BATCH, types)
    return [
        Finding(
            one.motivation, scene.places[one.project_id], one.cause, in_words(evidence_of(one.event)),
            evidence_of(one.event) | {"times": one.times}, about=one.cause, seq=one.event.seq,
        )
        for one in heard(scene, await known(tx, found))
    ]  # fmt: skip


def _row(one: Heard) -> dict[str, Any]:
    """A cause as it is stored."""
    return {
        "motivation_id": one.motivation.id, "project_id": one.project_id, "cause": one.cause, "trigger_id": "",
        "seq": one.event.seq, "times": one.times, "evidence": evidence_of(one.event), "at": one.event.timestamp,
    }  # fmt: skip
