"""Taking turns: in the order of asking, one at a time, and nobody waits for the dead."""

import asyncio
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from loom_app.git.turns import in_turn
from loom_app.kernel.clock import now
from tests.support.workshop import until

HOLD = """
import asyncio, sys
from pathlib import Path
from loom_app.git.turns import in_turn

async def hold():
    async with in_turn(Path(sys.argv[1])):
        print("in", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


async def test_many_come_one_at_a_time_in_the_order_of_asking(tmp_path: Path) -> None:
    order: list[int] = []
    inside = 0

    async def come(number: int, seconds: float) -> None:
        nonlocal inside
        async with in_turn(tmp_path, asked=now() + timedelta(seconds=seconds)):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1

    async with asyncio.TaskGroup() as group, in_turn(tmp_path, asked=now() - timedelta(hours=1)):
        for number in range(20):
            group.create_task(come(number, (number * 7) % 20))
        await _drawn(tmp_path, 21)
        assert order == []
    assert order == sorted(range(20), key=lambda number: (number * 7) % 20)


async def test_whoever_gives_up_waiting_keeps_nobody(tmp_path: Path) -> None:
    async def wait() -> None:
        async with in_turn(tmp_path):
            raise AssertionError("not its turn")

    async with in_turn(tmp_path):
        waiting = asyncio.create_task(wait())
        await _drawn(tmp_path, 2)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        assert len(list(tmp_path.glob("*.ticket"))) == 1
    async with in_turn(tmp_path):
        pass
    assert list(tmp_path.glob("*.ticket")) == []


async def test_a_process_killed_in_its_turn_keeps_nobody(tmp_path: Path) -> None:
    holder = await create_subprocess_exec(sys.executable, "-c", HOLD, str(tmp_path), stdout=PIPE)
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"in\n"
    holder.kill()
    await holder.wait()
    async with asyncio.timeout(10), in_turn(tmp_path):
        assert len(list(tmp_path.glob("*.ticket"))) == 1


async def _drawn(folder: Path, count: int) -> None:
    """Waits until so many stand in the queue."""

    async def stand() -> bool:
        return len(list(folder.glob("*.ticket"))) >= count

    await until(stand, 10)
