"""Taking turns over all of Loom's processes: whoever asked first is first, and whoever died waiting is passed over."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from loom_app.kernel.clock import now
from loom_app.kernel.ids import new_id

POLL_SECONDS = 0.03
TURN = "turn"


@asynccontextmanager
async def in_turn(folder: Path, *, asked: datetime | None = None) -> AsyncIterator[None]:
    """Alone in `folder` among all who take turns there, in the order of `asked`, by default now.

    However long it takes: whoever waits may be cancelled, and one that dies gives up its place.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ticket, held = _drawn(folder, asked or now())
    turn: int | None = None
    try:
        while turn is None:
            turn = _taken(folder / TURN) if await asyncio.to_thread(_is_first, folder, ticket) else None
            if turn is None:
                await asyncio.sleep(POLL_SECONDS)
        yield
    finally:
        ticket.unlink(missing_ok=True)
        for file in (held, turn):
            if file is not None:
                os.close(file)


def _drawn(folder: Path, asked: datetime) -> tuple[Path, int]:
    """A ticket that is held as long as this process lives. It is held before anybody sees it."""
    name = new_id(f"{round(asked.timestamp() * 1_000_000):020d}")
    unseen, ticket = folder / f".{name}", folder / f"{name}.ticket"
    held = _taken(unseen)
    assert held is not None
    unseen.rename(ticket)
    return ticket, held


def _taken(path: Path) -> int | None:
    """The file, open and locked; None while somebody else has it."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file


def _is_first(folder: Path, ticket: Path) -> bool:
    """Whether nobody alive holds an earlier ticket."""
    for other in sorted(folder.glob("*.ticket")):
        if other == ticket:
            return True
        if _is_alive(other):
            return False
        other.unlink(missing_ok=True)
    return True


def _is_alive(ticket: Path) -> bool:
    try:
        file = os.open(ticket, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(file)
