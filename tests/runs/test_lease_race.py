"""Two workers claim the same beads: one of them gets each. `make soak` does so for a long time and kills them."""

import asyncio
import json
import sys
from typing import Any

from sqlalchemy import insert

from loom_app.beads.models import Bead, BeadStatus
from loom_app.kernel.database import Database
from tests.runs.claimant import TOGETHER
from tests.support import rows

CONTESTS = {"sqlite": 1_000, "postgresql": 400}
TURNS = 30


async def test_of_two_workers_one_gets_each_bead(db: Database) -> None:
    await rows.project(db)
    contests = CONTESTS[db.url.get_backend_name()]
    await _many_beads(db, contests)
    first, second = await _two_workers(db.url.render_as_string(hide_password=False), contests)
    won = first["won"] + second["won"]
    assert sorted(won) == list(range(contests))
    assert first["won"]
    assert second["won"]
    assert first["lost"] + second["lost"] == contests
    tokens = first["tokens"] + second["tokens"]
    assert sorted(tokens) == list(range(1, 2 * TURNS + 1))
    assert all(one["tokens"] == sorted(one["tokens"]) for one in (first, second))


async def _many_beads(db: Database, contests: int) -> None:
    names = ["kitchen-again", *(f"kitchen-{number}" for number in range(contests))]
    beads = [
        Bead(id=name, project_id="kitchen", title="Weigh the flour", status=BeadStatus.OPEN).model_dump()
        for name in names
    ]
    async with db.write() as tx:
        await tx.execute(insert(Bead), beads)


async def _two_workers(url: str, contests: int) -> list[dict[str, Any]]:
    """What both won; they begin each batch together, when both are ready."""
    workers = [await _worker(url, name, contests) for name in ("one", "two")]
    for _ in range(contests // TOGETHER):
        for worker in workers:
            assert worker.stdout is not None
            assert await worker.stdout.readline() == b"ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write(b"go\n")
    told = await asyncio.gather(*(worker.communicate() for worker in workers))
    assert [worker.returncode for worker in workers] == [0, 0]
    return [json.loads(said) for said, _ in told]


async def _worker(url: str, name: str, contests: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.runs.claimant", url, name, str(contests), str(TURNS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
