"""What a ceiling holds and costs: parallel calls from several processes against one budget, and a reservation alone."""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.migrate import upgrade
from loom_app.ledger.orders import BudgetReached
from tests.bench.table import Figure, percentile
from tests.support.money import budget, reserve, settle, state

PROCESSES = 4
CALLS, ROOM, PRICE = 100, 10, 10
ROUNDS = 300
KEY = b"a master key for benchmarks alone, long enough"


def scene() -> list[Figure]:
    """100 calls at once against a budget for 10, and what reserving and settling one takes."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(f"sqlite+aiosqlite:///{Path(folder) / 'loom.db'}"))


async def _measured(url: str) -> list[Figure]:
    db = _opened(url)
    await upgrade(db)
    one = budget("project", "bench", "daily", ROOM * PRICE)
    async with db.write() as tx:
        tx.add_all([one, budget(limit=10**12), budget("agent", "a", "daily", 10**12)])
    made = sum(await asyncio.gather(*(_elsewhere(url) for _ in range(PROCESSES))))
    async with db.write() as tx:
        ((used, held),) = await state(tx, one)
    over = max(0, used + held - ROOM * PRICE)
    waits = [await _timed(db) for _ in range(ROUNDS)]
    await db.dispose()
    return [
        Figure("budget_overshoot_100_parallel_calls_for_10", over, "micro-dollars", 0),
        Figure("budget_calls_made_of_100_for_10", made, "calls", ROOM),
        Figure("reserve_and_settle_p50", percentile(waits, 0.5), "ms", 15),
        Figure("reserve_and_settle_p95", percentile(waits, 0.95), "ms", 40),
    ]


async def _elsewhere(url: str) -> int:
    """How many of its calls another process made."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.budgets", url, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return int(json.loads(told))


async def _timed(db: Database) -> float:
    begun = time.perf_counter()
    async with db.write() as tx:
        call = await reserve(tx, 5, project_id="other", agent_id="a", bead_id="b")
    async with db.write() as tx:
        await settle(tx, call, 3)
    return (time.perf_counter() - begun) * 1_000


async def _calls(url: str) -> int:
    db = _opened(url)

    async def one() -> bool:
        try:
            async with db.write() as tx:
                call = await reserve(tx, PRICE, project_id="bench")
        except BudgetReached:
            return False
        async with db.write() as tx:
            await settle(tx, call, PRICE)
        return True

    made = await asyncio.gather(*(one() for _ in range(CALLS // PROCESSES)))
    await db.dispose()
    return sum(made)


def _opened(url: str) -> Database:
    db = Database(url)
    Keyring(db, Vault(KEY))
    return db


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_calls(sys.argv[1]))))
