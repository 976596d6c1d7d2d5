"""One event that concerns ten thousand people with preferences: measured in this process, on SQLite."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert

from loom_app.auth.models import ProjectMember, User
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.events.tail import EventTail
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database
from loom_app.kernel.opening import opened
from loom_app.notifications.making import inboxes
from loom_app.notifications.models import Preferences
from loom_app.projects.models import Project
from tests.bench.table import Figure

PEOPLE, ROUNDS = 10_000, 9


def scene() -> list[Figure]:
    """From the commit of a critical bead until it stands in every inbox."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    async with opened(Settings(data_dir=folder)) as at:
        await _fill(at.db)
        took = []
        async with EventTail(at.db) as tail, inboxes(at.db, tail) as keeper:
            for number in range(ROUNDS):
                async with at.db.write() as tx:
                    append(
                        tx, "bead.created", actor=SYSTEM, project_id="shop", subject_id=f"b-{number}",
                        data={"title": "Fire", "priority": 0},
                    )  # fmt: skip
                begun = time.perf_counter()
                await keeper.reached(number + 1)
                took.append((time.perf_counter() - begun) * 1_000)
        return [Figure("inboxes_10000_told", statistics.median(took), "ms", 500)]


async def _fill(db: Database) -> None:
    users = [
        {"id": f"user-{number}", "username": f"user{number}", "email": "", "role": "user", "password_hash": "none"}
        for number in range(PEOPLE)
    ]
    async with db.write() as tx:
        tx.add(Project(id="shop", name="Shop"))
        await tx.flush()
        await tx.execute(insert(table(User)), users)
        of_shop = [{"user_id": user["id"], "project_id": "shop", "role": "member"} for user in users]
        await tx.execute(insert(table(ProjectMember)), of_shop)
        wishes = [Preferences(user_id=user["id"], min_priority="normal").model_dump() for user in users]
        await tx.execute(insert(table(Preferences)), wishes)
