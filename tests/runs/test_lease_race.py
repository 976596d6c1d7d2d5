"""Two workers claim the same beads 10,000 times: one of them gets each."""

import asyncio
import json
import sys
from typing import Any

from sqlalchemy import insert

from loom_app.beads.models import Bead, BeadStatus
from loom_app.kernel.database import Database
from tests.support import rows

CONTESTS = 10_000
TURNS = 300


async def test_of_two_workers_one_gets_each_of_10_000_beads(db: Database) -> None:
    await rows.project(db)
    await _many_beads(db)
    url = db.url.render_as_string(hide_password=False)
    first, second = await asyncio.gather(_worker(url, "one"), _worker(url, "two"))
    won = first["won"] + second["won"]
    assert sorted(won) == list(range(CONTESTS))
    assert first["won"]
    assert second["won"]
    assert first["lost"] + second["lost"] == CONTESTS
    tokens = first["tokens"] + second["tokens"]
    assert sorted(tokens) == list(range(1, 2 * TURNS + 1))
    assert all(one["tokens"] == sorted(one["tokens"]) for one in (first, second))


async def _many_beads(db: Database) -> None:
    names = ["kitchen-again", *(f"kitchen-{number}" for number in range(CONTESTS))]
    beads = [
        Bead(id=name, project_id="kitchen", title="Weigh the flour", status=BeadStatus.OPEN).model_dump()
        for name in names
    ]
    async with db.write() as tx:
        await tx.execute(insert(Bead), beads)


async def _worker(url: str, name: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.runs.claimant", url, name, str(CONTESTS), str(TURNS),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0
    told: dict[str, Any] = json.loads(said)
    return told
