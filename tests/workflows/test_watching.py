"""What the worker follows beside its workflows: each thing by one at a time, and over as soon as it is cancelled."""

import asyncio

import pytest

from loom_app.kernel.errors import Conflict
from workers.watching import Listing, Watch

STEPS = range(8)
"""Turns of the loop within which whoever waits hears of both."""


async def nothing() -> list[str]:
    return []


async def never(_: str) -> None:
    raise AssertionError("there was nothing to do")


async def ended(task: asyncio.Task[None]) -> None:
    """Waits for the end of a task that was cancelled."""
    _, left = await asyncio.wait([task], timeout=10)
    assert not left, "it goes on"
    assert task.cancelled()


@pytest.mark.parametrize("before", STEPS)
@pytest.mark.parametrize("after", STEPS)
async def test_one_that_is_woken_as_it_is_cancelled_ends(before: int, after: int) -> None:
    watch = Watch("nothing", nothing, never, seconds=600)
    task = asyncio.create_task(watch.follow())
    for _ in range(before):
        await asyncio.sleep(0)
    watch.wake()
    for _ in range(after):
        await asyncio.sleep(0)
    task.cancel()
    await ended(task)


async def test_each_is_done_by_one_at_a_time_and_again_when_it_is_still_due() -> None:
    running, most, done = 0, 0, 0
    enough = asyncio.Event()

    async def do(_: str) -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running, done = running - 1, done + 1
        if done == 5:
            enough.set()

    async def due() -> list[str]:
        return ["one"]

    watch = Watch("one", due, do, seconds=600, at_once=True)
    task = asyncio.create_task(watch.follow())
    async with asyncio.timeout(10):
        await enough.wait()
    assert most == 1
    task.cancel()
    await ended(task)


@pytest.mark.parametrize("error", [Conflict("Busy."), OSError("disk")])
async def test_what_fails_ends_only_one_look(error: Exception) -> None:
    tried = asyncio.Event()
    looks = 0

    async def due() -> list[str]:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise error
        return ["one"]

    async def do(_: str) -> None:
        tried.set()
        raise error

    task = asyncio.create_task(Watch("one", due, do, seconds=0.01).follow())
    async with asyncio.timeout(10):
        await tried.wait()
    task.cancel()
    await ended(task)


async def test_a_list_that_failed_is_listed_again() -> None:
    listed = 0

    async def lists() -> None:
        nonlocal listed
        listed += 1
        if listed == 1:
            raise Conflict("Away.")

    listing = Listing(lists)
    with pytest.raises(Conflict):
        await listing.freshen()
    await listing.freshen()
    await listing.freshen()
    assert listed == 2
