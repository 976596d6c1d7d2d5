"""Hits as they are shown: what they belong to and the piece of text that was found."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import Comment
from loom_app.beads.tables import BEADS, chunks
from loom_app.runs.models import Run, Turn
from loom_app.search.finding import Hit
from loom_app.search.known import Scope
from loom_app.search.snippets import beginning, snippet

SAID = ("title", "id", "description", "acceptance_criteria", "design", "notes", "tags", "external_ref", "status_reason",
        "close_reason")  # fmt: skip
"""The fields of a bead in which a hit is looked for, in order."""
COLUMNS = tuple(BEADS.c[name] for name in (*SAID, "project_id", "status", "priority", "updated_at"))


async def shown(
    tx: AsyncSession, hits: Sequence[Hit], scope: Scope, wanted: re.Pattern[str] | None
) -> list[dict[str, Any]]:
    """The hits as the API gives them."""
    beads = await _beads(tx, (hit.bead_id for hit in hits), scope)
    texts = await _texts(tx, hits)
    return [
        _one(hit, beads[hit.bead_id], texts.get((hit.kind, hit.key)), wanted) for hit in hits if hit.bead_id in beads
    ]


async def _beads(tx: AsyncSession, ids: Iterable[str], scope: Scope) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for chunk in chunks(ids):
        rows = (await tx.execute(select(*COLUMNS).where(BEADS.c.id.in_(chunk)))).all()
        found.update({row.id: row for row in rows if scope.actor.sees(row.project_id)})
    return found


async def _texts(tx: AsyncSession, hits: Sequence[Hit]) -> dict[tuple[str, str], tuple[str, Any, str]]:
    """What was said and when, by kind and key, of all hits but beads; with the run or comment it is."""
    keys = {kind: [hit.key for hit in hits if hit.kind == kind] for kind in ("comment", "run", "turn")}
    found: dict[tuple[str, str], tuple[str, Any, str]] = {}
    comments = select(Comment.id, Comment.content, Comment.created_at).where(col(Comment.id).in_(keys["comment"]))  # type: ignore[call-overload]
    for key, text, at in (await tx.execute(comments)).all() if keys["comment"] else ():
        found["comment", key] = (text, at, key)
    runs = select(Run.id, Run.message, Run.ended_at, Run.created_at).where(col(Run.id).in_(keys["run"]))  # type: ignore[call-overload]
    for key, text, ended, began in (await tx.execute(runs)).all() if keys["run"] else ():
        found["run", key] = (text, ended or began, key)
    places = [(run_id, int(number)) for run_id, _, number in (key.rpartition("/") for key in keys["turn"])]
    turns = select(Turn).where(tuple_(col(Turn.run_id), col(Turn.number)).in_(places))
    for turn in (await tx.execute(turns)).scalars() if places else ():
        text = f"{turn.notes or turn.reply or ''}\n{turn.fault}".strip()
        found["turn", f"{turn.run_id}/{turn.number}"] = (text, turn.replied_at or turn.created_at, turn.run_id)
    return found


def _one(hit: Hit, bead: Any, said: tuple[str, Any, str] | None, wanted: re.Pattern[str] | None) -> dict[str, Any]:
    where, piece = _in_bead(bead, wanted) if said is None else _in_text(hit.kind, said[0], wanted)
    return {
        "kind": "run" if hit.kind == "turn" else hit.kind,
        "bead_id": bead.id,
        "source_id": said[2] if said else bead.id,
        "title": bead.title,
        "project_id": bead.project_id,
        "status": bead.status,
        "priority": bead.priority,
        "where": where,
        "snippet": piece,
        "at": said[1] if said else bead.updated_at,
    }


def _in_text(kind: str, text: str, wanted: re.Pattern[str] | None) -> tuple[str, list[dict[str, str | bool]]]:
    return "comments" if kind == "comment" else "runs", snippet(text, wanted) or beginning(text)


def _in_bead(bead: Any, wanted: re.Pattern[str] | None) -> tuple[str, list[dict[str, str | bool]]]:
    """The first field with a hit; where words stand in none, as when only fields were asked for, the description."""
    for name in SAID:
        value = getattr(bead, name)
        piece = snippet(", ".join(value) if name == "tags" else value, wanted)
        if piece is not None:
            return name, piece
    return "description", beginning(bead.description)
