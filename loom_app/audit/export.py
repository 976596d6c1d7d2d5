"""The log as text for other programs: JSON lines or CSV, piece by piece, however long it is."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any, Literal

from loom_app.audit import repository
from loom_app.audit.repository import Wanted
from loom_app.events.models import Event
from loom_app.events.service import last_seq
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.formulas import plain_cell

Format = Literal["jsonl", "csv"]
MEDIA: dict[Format, str] = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
COLUMNS = (
    "seq", "id", "type", "timestamp", "source", "actor_kind", "actor_id", "actor_name", "on_behalf_of", "request_id",
    "address", "key_id", "project_id", "subject_id", "data", "data_digest", "hash",
)  # fmt: skip
BATCH = 500


def as_json(entry: Event) -> dict[str, Any]:
    """An entry with everything that is kept of it."""
    return {
        "seq": entry.seq,
        "id": entry.id,
        "type": entry.type,
        "timestamp": rfc3339(entry.timestamp),
        "source": entry.source,
        "actor": {"kind": entry.actor_kind, "id": entry.actor_id, "name": entry.actor_name},
        "on_behalf_of": entry.on_behalf_of,
        "request_id": entry.request_id,
        "address": entry.address,
        "key_id": entry.key_id,
        "project_id": entry.project_id,
        "subject_id": entry.subject_id,
        "data": entry.data,
        "data_digest": entry.data_digest,
        "hash": entry.hash,
    }


async def exported(db: Database, wanted: Wanted, as_: Format) -> AsyncIterator[str]:
    """What is wanted of the log as it is now, oldest first; a few hundred entries are in memory at a time."""
    if as_ == "csv":
        yield _rows([COLUMNS])
    async with db.read() as tx:
        until = await last_seq(tx)
    after = 0
    while True:
        async with db.read() as tx:
            batch = await repository.oldest(tx, wanted, after=after, until=until, limit=BATCH)
        if not batch:
            return
        yield _rows(map(_cells, batch)) if as_ == "csv" else _lines(batch)
        after = batch[-1].seq or until


def _lines(batch: Iterable[Event]) -> str:
    return "".join(json.dumps(as_json(entry), ensure_ascii=False) + "\n" for entry in batch)


def _rows(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cells(entry: Event) -> list[str]:
    shown = {"timestamp": rfc3339(entry.timestamp), "data": json.dumps(entry.data, ensure_ascii=False)}
    return [plain_cell(shown.get(name, getattr(entry, name))) for name in COLUMNS]
