"""Whether the programs that carry work out run: Temporal, which remembers it, and the worker, which does it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from loom_app.config import Settings
from loom_app.kernel.clock import now
from loom_app.supervisor import status
from loom_app.supervisor.status import State

PATIENCE_SECONDS = 1.0
WORDS = {
    "temporal": "Temporal, which remembers what is under way, does not run",
    "worker": "The worker, which carries work out, does not run",
}
ELSEWHERE = "Temporal, which remembers what is under way, does not answer at {address}"
KEPT = "so no work is given out at present; what waits is kept."


@dataclass(frozen=True)
class Halt:
    """What keeps all work: which program, in a sentence, and since when."""

    program: str
    why: str
    since: datetime


async def halted(of: Settings) -> Halt | None:
    """The first program that does not run; None when all do, and where the supervisor was not used to start Loom.

    A Temporal of one's own is asked whether somebody listens at its address.
    """
    found = {process.name: process.state for process in status.read(of.data_dir)}
    address = of.temporal.address
    if not found:
        return None
    if address and not await _answers(address):
        return Halt("temporal", f"{ELSEWHERE.format(address=address)}, {KEPT}", now())
    wanted = ("worker",) if address else ("temporal", "worker")
    down = next((name for name in wanted if found.get(name, State.STOPPED) != State.RUNNING), None)
    if down is None:
        return None
    return Halt(down, f"{WORDS[down]} ({found.get(down, State.STOPPED)}), {KEPT}", status.written_at(of.data_dir))


async def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, TimeoutError, ValueError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
