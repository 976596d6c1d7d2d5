"""Beads as the API shows them: built straight from rows, since boards ask for many of them often."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastapi import Response
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import epics, listing, repository
from loom_app.beads.blocked import explain
from loom_app.beads.lookup import get, no_such_bead
from loom_app.beads.models import TOMBSTONE
from loom_app.beads.relations import Relations, relations
from loom_app.beads.schemas import BeadView
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339

BLANK: dict[str, Any] = dict.fromkeys(BeadView.model_fields)
"""The fields in the order they are shown in."""


async def listed(tx: AsyncSession, rows: Sequence[Any], actor: Actor) -> list[dict[str, Any]]:
    """The JSON of `rows` (of listing.page), with two further queries for all of them: dependencies and progress."""
    ids = [row.id for row in rows]
    neighbours, moment = relations(ids, await repository.links(tx, ids, actor)), now()
    shown = [_json(row, neighbours[row.id], moment) for row in rows]
    return await _with_progress(tx, shown, actor)


async def detailed(tx: AsyncSession, bead_id: str, actor: Actor) -> dict[str, Any]:
    """The JSON of one bead with what it waits for, in words. Raises NotFound."""
    await tx.flush()
    row = await listing.row(tx, bead_id)
    if row is None or not actor.sees(row.project_id):
        raise no_such_bead(bead_id)
    if row.source_status == TOMBSTONE:
        await get(tx, bead_id, actor=actor)
    neighbours = relations([bead_id], await repository.links(tx, [bead_id], actor))[bead_id]
    reasons = await explain(tx, bead_id, actor)
    [shown] = await _with_progress(tx, [_json(row, neighbours, now())], actor)
    return {**shown, "blockers": [reason.as_json() for reason in reasons]}


def answer(shown: Any) -> Response:
    """`shown` as a JSON answer, without another pass over it."""
    return Response(to_json(shown), media_type="application/json")


def etag(shown: dict[str, Any]) -> str:
    """The version of a bead for If-Match."""
    return f'"{rfc3339(shown["updated_at"])}"'


async def _with_progress(tx: AsyncSession, shown: list[dict[str, Any]], actor: Actor) -> list[dict[str, Any]]:
    found = await epics.progress(tx, (bead["id"] for bead in shown if bead["children"]), actor)
    for bead in shown:
        bead["progress"] = found.get(bead["id"]) or epics.nothing_under()
    return shown


def _json(row: Any, neighbours: Relations, moment: datetime) -> dict[str, Any]:
    own = dict(zip(listing.SHOWN, row, strict=False))
    return {
        **BLANK,
        **own,
        "source_status": own["source_status"] or None,
        "blocked_by": neighbours.blocked_by,
        "blocks": neighbours.blocks,
        "related_to": neighbours.related_to,
        "parent": neighbours.parents[0] if neighbours.parents else None,
        "children": neighbours.children,
        "lease": _lease(row, moment) if row.lease_holder else None,
    }


def _lease(row: Any, moment: datetime) -> dict[str, Any]:
    ends = row.lease_expires_at
    return {
        "holder": row.lease_holder,
        "run_id": row.lease_run_id or None,
        "expires_at": ends,
        "alive": ends is not None and ends > moment,
    }
