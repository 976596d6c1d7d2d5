"""One of several processes that write to the same log: python -m tests.audit.appender DATABASE_URL DATA_DIR COUNT.

Says "begun" after its first entry.
"""

import asyncio
import sys
from pathlib import Path

from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from tests.support.databases import opened


async def main(url: str, data_dir: str, count: int) -> None:
    """Writes `count` transactions of two entries."""
    db = opened(url, Vault.open(Path(data_dir), None))
    for number in range(count):
        async with db.write() as tx:
            append(tx, "bead.created", actor=SYSTEM, data={"n": number})
            append(tx, "bead.updated", actor=SYSTEM, data={"n": number})
        if number == 0:
            print("begun", flush=True)
        await asyncio.sleep(0.001)
    await db.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
