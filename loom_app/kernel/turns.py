"""Writers of one SQLite file in turn.

SQLite has whoever finds another writing sleep and look again, longer each time: beside a process that writes all the
time the others sleep until they give up. So whoever wants to write takes the turn first and keeps it until it writes;
who has just written waits for it like everybody else. The system gives back the turn of a process that dies.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

LOOK_SECONDS = 0.001


@contextmanager
def turn(path: str, seconds: float) -> Iterator[bool]:
    """Whether it is one's turn during the block: waited for no longer than `seconds`, without an end of its own after.

    With "" for `path`, and where the file cannot be opened or locked, it always is: SQLite alone decides then.
    """
    file = _opened(path)
    if file is None:
        yield True
        return
    try:
        yield _taken(file, seconds)
    finally:
        os.close(file)


def _opened(path: str) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600) if path else None
    except OSError:
        return None


def _taken(file: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not _is_free(file):
        if time.monotonic() >= until:
            return False
        time.sleep(LOOK_SECONDS)
    return True


def _is_free(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
