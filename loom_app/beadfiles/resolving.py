"""Deciding a conflict: the value somebody chose becomes the bead's, and the file's with the next write."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beadfiles import bases, conflicts
from loom_app.beadfiles.itemwise import KINDS, names_of_comments
from loom_app.beadfiles.jsonl import Line
from loom_app.beadfiles.jsontext import compact, dump, load, members, object_of
from loom_app.beadfiles.keys import in_order
from loom_app.beadfiles.merge import STATUS
from loom_app.beadfiles.merge_files import GONE
from loom_app.beadfiles.models import BeadConflict
from loom_app.beadfiles.record import LineFault, read
from loom_app.beadfiles.taking import ours, store
from loom_app.beads import service as beads
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Conflict, Invalid


async def resolve(
    tx: AsyncSession, project_id: str, conflict_id: str, take: str, value: Any = None, *, actor: Actor
) -> BeadConflict:
    """The conflict, decided: `take` is "ours", "theirs" or "value", which takes the JSON `value` instead.

    Raises NotFound, Conflict when it was decided already, Invalid when the value cannot be that field's.
    """
    found = await conflicts.get(tx, conflict_id, actor=actor)
    if found.project_id != project_id:
        raise conflicts.no_such_conflict(conflict_id)
    if found.resolved_at is not None:
        by = found.resolved_by or "Loom"
        raise Conflict(
            f"{by} decided this at {rfc3339(found.resolved_at)}: {found.resolution}.", code="conflict_resolved"
        )
    if found.field == GONE:
        await _decide_line(tx, found, take, actor)
    else:
        chosen = {"ours": found.ours, "theirs": found.theirs, "value": compact(dump(value))}[take]
        await _put(tx, found, chosen, actor)
    found.resolved_at, found.resolved_by, found.resolution = now(), actor.name, take
    data = {"field": found.field, "item": found.item, "resolution": take, "conflict_id": found.id}
    append(tx, "bead.conflict_resolved", actor=actor, project_id=project_id, subject_id=found.bead_id, data=data)
    return found


async def _decide_line(tx: AsyncSession, found: BeadConflict, take: str, actor: Actor) -> None:
    """A line that is gone from the file is written again, or its bead deleted."""
    if take == "value":
        raise Invalid("A line that is gone is either kept (ours) or deleted (theirs).", code="bad_value")
    await bases.forget(tx, found.project_id, [found.bead_id])
    if take == "theirs":
        await beads.remove(tx, found.bead_id, actor=actor, reason="deleted in the file")


async def _put(tx: AsyncSession, found: BeadConflict, chosen: str | None, actor: Actor) -> None:
    """Makes `chosen` the value of the field."""
    if found.field == "status":
        given = members(chosen or "{}") if (chosen or "{").startswith("{") else {"status": chosen or ""}
        if given.get("status") == dump("closed") and "closed_at" not in given:
            given["closed_at"] = dump(rfc3339(now()))
        await _store(tx, found, given, actor)
        return
    if not found.item:
        await _store(tx, found, {found.field: chosen or ""}, actor)
        return
    line = await _line(tx, found, actor)
    whole, kind = members(line).get(found.field), KINDS[found.field]
    names = names_of_comments(whole, *(f"[{text}]" for text in (found.ours, found.theirs) if text))
    items = kind.items(whole, names) | ({found.item: chosen} if chosen is not None else {})
    kept = {item: text for item, text in items.items() if item != found.item or chosen is not None}
    await _store(tx, found, {found.field: kind.joined(kept)}, actor)


async def _line(tx: AsyncSession, found: BeadConflict, actor: Actor) -> str:
    """The bead as its line would be written now."""
    return (await ours(tx, found.project_id, [found.bead_id], actor))[found.bead_id]


async def _store(tx: AsyncSession, found: BeadConflict, given: dict[str, str], actor: Actor) -> None:
    """Stores the bead with the texts `given`; an empty one takes its key away."""
    bead = await beads.get_to_change(tx, found.bead_id, actor, even_deleted=True)
    was = members(await _line(tx, found, actor))
    dropped = STATUS if "status" in given else ()
    parts = {key: text for key, text in was.items() if key not in dropped} | given
    parts["updated_at"] = dump(rfc3339(max(now(), bead.updated_at + timedelta(microseconds=1))))
    line = object_of(in_order({key: text for key, text in parts.items() if text}, list(was)))
    try:
        record = read(load(line))
    except LineFault as fault:
        raise Invalid(f"This cannot be the value of {found.field}: {fault}.", code="bad_value") from fault
    why = f"Decided what {found.field} is, which Loom and the file had changed differently"
    await store(tx, bead.project_id, [Line(0, record, line)], actor=actor, why=why)
    data = {"title": record.title, "fields": sorted(given), "changes": {}}
    append(tx, "bead.updated", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)
