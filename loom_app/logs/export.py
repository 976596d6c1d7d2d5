"""Log lines as text for other programs, piece by piece, however many there are."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any, Literal

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.formulas import plain_cell
from loom_app.logs import repository
from loom_app.logs.repository import Wanted

Format = Literal["csv", "json", "ndjson"]
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8", "json": "application/json", "ndjson": "application/x-ndjson",
}  # fmt: skip
HEAD = ("Timestamp", "Level", "Source", "Message", "Metadata")
BATCH = 1_000


def as_json(line: Any) -> dict[str, Any]:
    """A line as the API shows it."""
    return {
        "seq": line.seq, "timestamp": rfc3339(line.at), "level": line.level, "source": line.source,
        "logger": line.logger, "message": line.message, "project_id": line.project_id, "bead_id": line.bead_id,
        "agent_id": line.agent_id, "run_id": line.run_id, "metadata": line.data,
    }  # fmt: skip


async def exported(db: Database, actor: Actor, wanted: Wanted, as_: Format) -> AsyncIterator[bytes]:
    """What is wanted of the lines there are now, oldest first; a thousand are in memory at a time."""
    async with db.read() as tx:
        until = await repository.last_seq(tx)
    seq, begun = 0, False
    yield {"csv": _rows([HEAD]), "json": b"[", "ndjson": b""}[as_]
    while True:
        async with db.read() as tx:
            batch = await repository.after(tx, actor, wanted, seq, BATCH, until)
        if not batch:
            break
        seq = batch[-1].seq
        if as_ == "csv":
            yield _rows(map(_cells, batch))
        else:
            texts = [json.dumps(as_json(line), ensure_ascii=False) for line in batch]
            mark = ("," if begun else "") if as_ == "json" else ""
            yield (mark + (",\n" if as_ == "json" else "\n").join(texts) + ("" if as_ == "json" else "\n")).encode()
        begun = True
    if as_ == "json":
        yield b"]\n"


def _cells(line: Any) -> tuple[str, ...]:
    shown = as_json(line)
    rest = {name: shown[name] for name in ("logger", "project_id", "bead_id", "agent_id", "run_id") if shown[name]}
    data = json.dumps({**rest, **line.data}, ensure_ascii=False)
    return tuple(map(plain_cell, (shown["timestamp"], line.level, line.source, line.message, data)))


def _rows(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
