"""What must hold afterwards, read from the log of events, the runs and what the processes say they were allowed."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from loom_app.beads.models import Lease
from loom_app.events.models import Event
from loom_app.kernel.clock import ahead
from loom_app.kernel.database import Database
from loom_app.runs.models import Run

Line = dict[str, Any]
STUCK_SECONDS = 5.0


def lines(logs: list[Path]) -> Iterator[Line]:
    """Every operation; the last line of a process that was killed may be cut."""
    for log in logs:
        for text in log.read_text().splitlines() if log.exists() else []:
            if text.endswith("}"):
                yield json.loads(text)


async def stuck(db: Database) -> list[str]:
    """Beads whose lease ran out more than five seconds ago and that nobody has freed."""
    async with db.read() as tx:
        late = select(col(Lease.bead_id)).where(col(Lease.expires_at) < ahead(-STUCK_SECONDS))
        return [*(await tx.execute(late)).scalars()]


async def double_leases(db: Database) -> list[str]:
    """Claims of a bead that another run still held, and tokens given twice, in the order of the log."""
    async with db.read() as tx:
        query = select(col(Event.type), col(Event.subject_id), col(Event.data)).order_by(col(Event.seq))
        told = (await tx.execute(query.where(col(Event.type).in_(("run.claimed", "run.ended"))))).all()
    holder: dict[str, str] = {}
    last: dict[str, int] = defaultdict(int)
    wrong = []
    for type_, bead_id, data in told:
        if type_ == "run.ended":
            if holder.pop(bead_id, "") != data["run_id"]:
                wrong.append(f"{data['run_id']} ended on {bead_id}, which it did not hold")
            continue
        if bead_id in holder or data["token"] <= last[bead_id]:
            wrong.append(f"{data['run_id']} claimed {bead_id} (token {data['token']}) held by {holder.get(bead_id)}")
        holder[bead_id], last[bead_id] = data["run_id"], data["token"]
    return wrong


async def stale_writes(db: Database, said: list[Line]) -> list[str]:
    """Operations on a run that were accepted although they began after it had ended."""
    async with db.read() as tx:
        ended = {row.id: row.ended_at for row in await tx.execute(select(col(Run.id), col(Run.ended_at)))}
    return [
        f"{one['kind']} of {one['run']} accepted after its end"
        for one in said
        if one["accepted"] and one["kind"] != "claim" and (at := ended[one["run"]]) and one["began"] > at.timestamp()
    ]


async def counted(db: Database, said: list[Line]) -> dict[str, int]:
    """How many operations there were, by kind, and how runs ended."""
    kinds = Counter(f"{one['kind']} {'accepted' if one['accepted'] else 'refused'}" for one in said)
    async with db.read() as tx:
        ends = await tx.execute(select(col(Run.status), func.count()).group_by(col(Run.status)))
        return {"operations": len(said), **dict(sorted(kinds.items())), **{f"runs {row[0]}": row[1] for row in ends}}
