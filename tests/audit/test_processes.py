"""Processes that write at once, and one that is killed while it does, leave one whole chain."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

from loom_app.audit.verification import verify
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from tests.audit.test_verification import write

ENOUGH, ENDLESS = 40, 1_000_000


async def test_two_write_at_once_and_a_third_is_killed(db: Database, vault: Vault, settings: Settings) -> None:
    processes = [await _started(db, settings, count) for count in (ENOUGH, ENOUGH, ENDLESS)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"begun\n"
    *steady, doomed = processes
    doomed.kill()
    assert [await process.wait() for process in steady] == [0, 0]
    await doomed.wait()
    await write(db, 1)
    async with db.read() as tx:
        report = await verify(tx, Keyring(db, vault))
    assert report.fault is None
    assert report.entries >= 2 * 2 * ENOUGH + 3


async def _started(db: Database, settings: Settings, count: int) -> Process:
    url = db.url.render_as_string(hide_password=False)
    command = ("-m", "tests.audit.appender", url, str(settings.data_dir), str(count))
    return await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE)
