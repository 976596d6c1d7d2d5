"""Whether and where a project's bead file is followed."""

import re
from collections import Counter
from pathlib import Path

from loom_app.beadfiles.filing import BeadFilePlace
from loom_app.beadfiles.jsonl import parse
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync

PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


async def choose(db: Database, project_id: str) -> None:
    """For a project of which nobody has said: push where its repository has a bead file, else off.

    Raises GitFailed when the repository cannot be had.
    """
    async with db.read() as tx:
        project = await projects.get(tx, project_id)
    if project.beads_sync_chosen:
        return
    checkout = checkout_of(db, project)
    async with checkout.locked():
        await checkout.ensure()
        found = await BeadFilePlace.of(checkout, project.beads_path).read()
    async with db.write() as tx:
        sync = BeadsSync.OFF if found is None else BeadsSync.PUSH
        await projects.choose_sync(tx, project_id, sync, prefix_of((found or b"").decode(errors="replace")))


def prefix_of(text: str) -> str:
    """How most ids of a bead file begin, before their last hyphen; "" when most have nothing in common."""
    ids = [line.record.id for line in parse(text).lines]
    stems = Counter(bead_id.partition(".")[0].rpartition("-")[0] for bead_id in ids)
    prefix, count = stems.most_common(1)[0] if stems else ("", 0)
    return prefix if count * 2 > len(ids) and PREFIX.fullmatch(prefix) else ""


async def file_at_hand(db: Database, project_id: str) -> Path:
    """The file that people may edit in place."""
    async with db.read() as tx:
        project = await projects.get(tx, project_id)
    place = BeadFilePlace.of(checkout_of(db, project), project.beads_path)
    return await place.folder() / place.path
