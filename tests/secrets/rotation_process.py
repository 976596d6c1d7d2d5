"""Rotates the master key of a data directory, again and again, and dies each time before another step.

A line on standard input is the number of a step: syncing a file or folder, putting a file in place, committing. The
answer is `killed`, or `done` when the rotation has no such step.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from loom_app import tables
from loom_app.kernel.database import Database
from loom_app.secrets.rotation import rotate_file

assert tables
_left = [0]


def _step(*_: Any) -> None:
    if _left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    _left[0] -= 1


def _dying(function: Callable[..., Any]) -> Callable[..., Any]:
    def stepping(*arguments: Any) -> Any:
        _step()
        return function(*arguments)

    return stepping


async def _rotate(data_dir: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{data_dir / 'loom.db'}")
    event.listen(db.engine.sync_engine, "commit", _step)
    await rotate_file(db, data_dir)
    await db.dispose()


def main() -> None:
    """A child for each line."""
    os.fsync = _dying(os.fsync)
    Path.replace = _dying(Path.replace)  # type: ignore[method-assign]
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _left[0] = int(line)
            asyncio.run(_rotate(Path(sys.argv[1])))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print({0: "done", signal.SIGKILL: "killed"}.get(status, f"failed: {status}"), flush=True)


main()
