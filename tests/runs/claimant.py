"""One of two workers that claim the same beads: python -m tests.runs.claimant DATABASE_URL NAME CONTESTS TURNS.

First every bead once, whoever comes first keeps it; then one bead TURNS times, given back each time. Says "ready"
before each batch of beads and waits for a line, so that the two stay together; in the end prints its wins.
"""

import asyncio
import json
import random
import sys
from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.runs import lease

TOGETHER = 50
"""Claims in one transaction: each is a contest of its own, and the two workers still meet often."""
BREATH = 0.002
"""What any worker does between two transactions, which lets the other one in."""


def meet() -> None:
    """Wait for the other worker."""
    print("ready", flush=True)
    sys.stdin.readline()


async def main(url: str, name: str, contests: int, turns: int) -> None:
    """Claims, and prints {"won": beads, "lost": how many, "tokens": of the bead that is given back}."""
    db = Database(url)
    await db.ping()
    won: list[int] = []
    for batch in batches(name, contests):
        meet()
        async with db.write() as tx:
            won += [number for number in batch if await claim(tx, f"kitchen-{number}", name)]
    tokens: list[int] = []
    while len(tokens) < turns:
        async with db.write() as tx:
            token = await claim(tx, "kitchen-again", name)
        if token:
            tokens.append(token)
            async with db.write() as tx:
                assert await lease.release(tx, "kitchen-again", token)
        await asyncio.sleep(BREATH)
    print(json.dumps({"won": won, "lost": contests - len(won), "tokens": tokens}))
    await db.dispose()


def batches(name: str, contests: int) -> Iterator[list[int]]:
    """Every bead once, batch by batch; each worker takes each two batches in an order of its own, so that the one that
    is second at both still finds beads that nobody has."""
    for start in range(0, contests, 2 * TOGETHER):
        window = list(range(start, start + 2 * TOGETHER))
        random.Random(f"{name} {start}").shuffle(window)
        yield sorted(window[:TOGETHER])
        yield sorted(window[TOGETHER:])


async def claim(tx: AsyncSession, bead_id: str, name: str) -> int:
    """The token, 0 when another was first."""
    try:
        return await lease.take(tx, bead_id, holder=name, seconds=600)
    except Conflict:
        return 0


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
