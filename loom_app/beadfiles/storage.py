"""Many beads at once between the database and JSONL records."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, not_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beadfiles.joining import same_remark
from loom_app.beadfiles.jsonl import Line
from loom_app.beadfiles.record import Link, Record, Remark
from loom_app.beads.graph import Edge
from loom_app.beads.models import Bead, BeadSource, Comment, Dependency, OtherLine
from loom_app.beads.tables import BEADS, LINKS, chunks, ids_of, ids_parameter
from loom_app.kernel.actor import Actor
from loom_app.kernel.bulk import insert_all
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.ids import new_id
from loom_app.kernel.scope import within
from loom_app.projects.models import Project

BATCH = 500
FROM_LINE = tuple(f.name for f in fields(Record) if f.name not in ("id", "links", "remarks"))
"""The columns a line decides."""
_decided = attrgetter(*FROM_LINE)


async def hold(tx: AsyncSession, project_id: str) -> None:
    """Waits for whoever else takes a file into the project; SQLite has one writer anyhow."""
    query = select(col(Project.id)).where(col(Project.id) == project_id)
    await tx.execute(query.with_for_update(key_share=True))


async def versions(tx: AsyncSession, bead_ids: Iterable[str]) -> dict[str, Any]:
    """project_id, updated_at and the source line of those of `bead_ids` that exist."""
    columns = (col(Bead.id), col(Bead.project_id), col(Bead.updated_at), col(BeadSource.line))
    query = select(*columns).outerjoin(BeadSource, col(BeadSource.bead_id) == col(Bead.id))
    asked = query.where(col(Bead.id).in_(ids_of(tx.get_bind().dialect.name)))
    return {row.id: row for row in (await tx.execute(asked, ids_parameter(bead_ids))).all()}


async def edges(tx: AsyncSession, project_id: str) -> list[Edge]:
    """Every dependency of a project's beads."""
    columns = [col(getattr(Dependency, name)) for name in Edge._fields]
    query = select(*columns).join(Bead, col(Bead.id) == col(Dependency.bead_id))
    return [Edge(*row) for row in (await tx.execute(query.where(col(Bead.project_id) == project_id))).all()]


async def moments(tx: AsyncSession, bead_ids: Iterable[str]) -> dict[str, datetime]:
    """When those of `bead_ids` that exist were last changed."""
    query = select(col(Bead.id), col(Bead.updated_at))
    found: dict[str, datetime] = {}
    for chunk in chunks(bead_ids):
        found.update((row.id, row.updated_at) for row in await tx.execute(query.where(col(Bead.id).in_(chunk))))
    return found


async def records(tx: AsyncSession, project_id: str) -> list[Record]:
    """Every bead of a project as a line would tell it."""
    return await records_where(tx, col(Bead.project_id) == project_id)


async def records_where(tx: AsyncSession, those: ColumnElement[bool]) -> list[Record]:
    """Those beads as lines would tell them."""
    links: dict[str, list[Link]] = defaultdict(list)
    columns = [col(Dependency.bead_id), *(col(getattr(Dependency, name)) for name in Link._fields)]
    query = select(*columns).join(Bead, col(Bead.id) == col(Dependency.bead_id))
    query = query.where(those).order_by(col(Dependency.depends_on_id))
    for bead_id, *values in (await tx.execute(query)).all():
        links[bead_id].append(Link(*values))
    said = await _remarks(tx, those)
    wanted = [col(getattr(Bead, name)) for name in ("id", *FROM_LINE)]
    rows = (await tx.execute(select(*wanted).where(those))).all()
    return [Record(**row._asdict(), links=tuple(links[row.id]), remarks=tuple(said[row.id])) for row in rows]


async def _remarks(tx: AsyncSession, those: ColumnElement[bool]) -> dict[str, list[Remark]]:
    """The comments on those beads, by bead, oldest first."""
    names = ("id", "bead_id", "author", "content", "created_at", "file_id")
    query = select(*(col(getattr(Comment, name)) for name in names))
    query = query.join(Bead, col(Bead.id) == col(Comment.bead_id)).where(those)
    found: dict[str, list[Remark]] = defaultdict(list)
    for row in (await tx.execute(query.order_by(col(Comment.created_at), col(Comment.id)))).all():
        found[row.bead_id].append(_as_remark(row))
    return found


async def sources(tx: AsyncSession, project_id: str) -> dict[str, str]:
    """The lines the beads of a project came from, by bead."""
    return await sources_where(tx, col(Bead.project_id) == project_id)


async def sources_where(tx: AsyncSession, those: ColumnElement[bool]) -> dict[str, str]:
    """The lines those beads came from, by bead."""
    query = select(col(BeadSource.bead_id), col(BeadSource.line)).join(Bead, col(Bead.id) == col(BeadSource.bead_id))
    rows = (await tx.execute(query.where(those))).all()
    return {row.bead_id: row.line for row in rows}


async def other_lines(tx: AsyncSession, project_id: str) -> dict[str, str]:
    """The lines of a project's file that are no beads, by key."""
    query = select(col(OtherLine.key), col(OtherLine.line)).where(col(OtherLine.project_id) == project_id)
    return {row.key: row.line for row in (await tx.execute(query)).all()}


async def insert_beads(
    tx: AsyncSession, project_id: str, lines: Sequence[Line], told: Callable[[int], None] = lambda _: None
) -> None:
    """Adds the beads of `lines`; `told` hears how many each time were."""
    moment = now()
    rows = ((*_decided(_dated(line.record, moment)), project_id, line.record.id) for line in lines)
    await insert_all(tx, BEADS, (*FROM_LINE, "project_id", "id"), rows, told)


async def update_beads(tx: AsyncSession, project_id: str, lines: Sequence[Line]) -> None:
    """Brings the beads of `lines`, all of this project, to what their lines say; what only Loom knows stays."""
    settled: dict[str, Any] = {name: bindparam(name) for name in (*FROM_LINE, "assigned_before", "status_reason")}
    query = update(BEADS).where(col(Bead.id) == bindparam("of_bead")).values(settled)
    query = query.where(col(Bead.project_id) == project_id)
    stands = await _standings(tx, [line.record.id for line in lines])
    rows = [
        {"of_bead": line.record.id, **_columns(line.record), **_of_the_moment(line.record, stands[line.record.id])}
        for line in lines
    ]
    connection = await tx.connection()
    await connection.execute(query, rows)


async def _standings(tx: AsyncSession, bead_ids: Iterable[str]) -> dict[str, Any]:
    names = ("id", "status", "source_status", "assigned_to", "assigned_before", "status_reason")
    query = select(*(col(getattr(Bead, name)) for name in names))
    found: dict[str, Any] = {}
    for chunk in chunks(bead_ids):
        found.update({row.id: row for row in (await tx.execute(query.where(col(Bead.id).in_(chunk)))).all()})
    return found


def _of_the_moment(record: Record, stands: Any) -> dict[str, Any]:
    """Whom the bead was taken from and why it is where it is: both hold while it stays there."""
    moved = any(getattr(record, name) != getattr(stands, name) for name in ("status", "source_status", "assigned_to"))
    return {
        "assigned_before": None if moved else stands.assigned_before,
        "status_reason": "" if moved else stands.status_reason,
    }


def _columns(record: Record) -> dict[str, Any]:
    return dict(zip(FROM_LINE, _decided(_dated(record, now())), strict=True))


def _dated(record: Record, moment: datetime) -> Record:
    """The record with its times; a line without any was made and changed at `moment`."""
    if record.created_at and record.updated_at:
        return record
    made = record.created_at or record.updated_at or moment
    return replace(record, created_at=made, updated_at=record.updated_at or made)


async def forget(tx: AsyncSession, lines: Sequence[Line], actor: Actor) -> set[str]:
    """Takes away what newer lines bring anew: their sources, and their dependencies on beads that `actor` sees.

    Answers the beads that these were on.
    """
    elsewhere = select(col(Bead.id)).where(not_(within(actor, col(Bead.project_id))))
    seen = true() if actor.projects is None else col(Dependency.depends_on_id).not_in(elsewhere)
    targets: set[str] = set()
    for chunk in chunks(line.record.id for line in lines):
        gone = delete(Dependency).where(col(Dependency.bead_id).in_(chunk), seen)
        targets.update((await tx.execute(gone.returning(col(Dependency.depends_on_id)))).scalars())
        await tx.execute(delete(BeadSource).where(col(BeadSource.bead_id).in_(chunk)))
    return targets


async def insert_dependencies(tx: AsyncSession, lines: Sequence[Line]) -> None:
    """Adds the dependencies of the lines."""
    rows = ((line.record.id, *link) for line in lines for link in line.record.links)
    await insert_all(tx, LINKS, ("bead_id", *Link._fields), rows)


async def keep_comments(tx: AsyncSession, lines: Sequence[Line], *, whole: bool = False) -> None:
    """Adds the comments of the lines that Loom does not have, and takes over the texts that were edited in the file.

    None is taken away, for a file that lacks one has never seen it; unless the lines are `whole`: merged with ours.
    """
    said = {line.record.id: line.record.remarks for line in lines if line.record.remarks or whole}
    for chunk in chunks(said):
        rows = (await tx.execute(select(Comment).where(col(Comment.bead_id).in_(chunk)))).scalars()
        left: dict[str, list[Comment]] = defaultdict(list)
        for row in rows:
            left[row.bead_id].append(row)
        for bead_id in chunk:
            tx.add_all(_new_among(bead_id, said[bead_id], left[bead_id]))
            for row in left[bead_id] if whole else ():
                await tx.delete(row)
    await tx.flush()


def _new_among(bead_id: str, remarks: Iterable[Remark], left: list[Comment]) -> list[Comment]:
    """The comments of a line that are not in `left`; those that are leave it and get the line's id and text."""
    new: dict[tuple[str, ...], Comment] = {}
    seen: set[tuple[str, ...]] = set()
    by_key = {_as_remark(row).key(): row for row in left}
    for remark in remarks:
        there = by_key.pop(remark.key(), None)
        if there is None or there not in left:
            there = next((row for row in left if same_remark(remark, _as_remark(row))), None)
        if there is not None:
            left.remove(there)
            _bring_up(there, remark)
        elif remark.key() not in seen:
            new[remark.key()] = _comment(bead_id, remark)
        seen.add(remark.key())
    return list(new.values())


def _bring_up(there: Comment, remark: Remark) -> None:
    there.file_id = remark.file_id or there.file_id
    if there.content != remark.content:
        there.content, there.edited, there.updated_at = remark.content, True, now()


def _as_remark(row: Any) -> Remark:
    return Remark(row.author, row.content, row.created_at, row.file_id)


def _comment(bead_id: str, remark: Remark) -> Comment:
    return Comment(
        id=new_id("cmt"), bead_id=bead_id, author=remark.author, content=remark.content, file_id=remark.file_id,
        created_at=remark.created_at, updated_at=remark.created_at,
    )  # fmt: skip


async def insert_sources(tx: AsyncSession, lines: Sequence[Line]) -> None:
    """Remembers the lines as they came."""
    await insert_all(tx, table(BeadSource), ("bead_id", "line"), ((line.record.id, line.text) for line in lines))


async def keep_other_lines(tx: AsyncSession, project_id: str, others: dict[str, str], *, whole: bool = False) -> None:
    """Remembers the lines that are no beads; a newer one of the same key takes the place of the older.

    With `whole` those that are not among `others` are forgotten.
    """
    if whole:
        await tx.execute(delete(OtherLine).where(col(OtherLine.project_id) == project_id))
    for chunk in chunks(others):
        mine = (col(OtherLine.project_id) == project_id, col(OtherLine.key).in_(chunk))
        await tx.execute(delete(OtherLine).where(*mine))
    rows = ((project_id, key, line) for key, line in others.items())
    await insert_all(tx, table(OtherLine), ("project_id", "key", "line"), rows)
