"""What a project of 100,000 beads with 200,000 dependencies costs: measured in this process, on SQLite."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy import select

from loom_app.beadfiles.interchange import export_text, import_file
from loom_app.beadfiles.jsonl import decode, parse
from loom_app.beads import service as beads
from loom_app.beads.tables import BEADS
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.opening import opened
from loom_app.projects.models import Project
from tests.bench import many
from tests.bench.table import Figure

COUNT, DEPENDENCIES = 100_000, 200_000
ROUNDS = 60


def scene() -> list[Figure]:
    """The ready set, a change of status, and the file of all beads taken into an empty Loom."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    async with opened(Settings(data_dir=folder / "one")) as at:
        await many.fill(at.db, COUNT, DEPENDENCIES)
        ready = [await _took(partial(_ready, at.db)) for _ in range(ROUNDS)]
        moves = [await _took(partial(_move, at.db, bead_id)) for bead_id in await _done(at.db)]
        async with at.db.read() as tx:
            text = await export_text(tx, many.PROJECT, actor=SYSTEM)
    async with opened(Settings(data_dir=folder / "other")) as at:
        async with at.db.write() as tx:
            tx.add(Project(id=many.PROJECT, name="Many"))
        seconds = await _took(partial(_import, at.db, text.encode())) / 1_000
    return [
        Figure("ready_of_100000_median", statistics.median(ready), "ms", 20),
        Figure("status_change_of_100000_median", statistics.median(moves), "ms", 5),
        Figure("import_of_100000", seconds, "s", COUNT / 10_000),
    ]


async def _took(work: Callable[[], Awaitable[None]]) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    await work()
    return (time.perf_counter() - begun) * 1_000


async def _ready(db: Database) -> None:
    async with db.read() as tx:
        assert await beads.ready(tx, many.PROJECT, now())


async def _done(db: Database) -> Sequence[str]:
    query = select(BEADS.c.id).where(BEADS.c.status == "done").order_by(BEADS.c.id).limit(ROUNDS)
    async with db.read() as tx:
        return (await tx.execute(query)).scalars().all()


async def _move(db: Database, bead_id: str) -> None:
    """A bead that is done opens again: committed, with its event, its history and whom it holds up from then on."""
    async with db.write() as tx:
        await beads.set_status(tx, bead_id, "open", actor=SYSTEM)


async def _import(db: Database, data: bytes) -> None:
    """The whole way of `loom beads import`, from the bytes of the file to the commit."""
    file = parse(decode(data))
    async with db.write() as tx:
        report = await import_file(tx, many.PROJECT, file, actor=SYSTEM)
    assert report.created == COUNT
