"""What the tree looks like now, in a file that other processes read."""

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from loom_app.kernel.clock import now, parse_rfc3339, rfc3339


class State(StrEnum):
    """The life of a program."""

    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPED = "stopped"


@dataclass
class ProcessStatus:
    """One program: `pid` while it lives, how often it was restarted, when it started (RFC 3339), how it last ended."""

    name: str
    pid: int | None = None
    state: State = State.STOPPED
    restarts: int = 0
    started_at: str | None = None
    last_exit: str | None = None


def file_in(data_dir: Path) -> Path:
    """Where the tree that uses `data_dir` writes its state."""
    return data_dir / "run" / "processes.json"


def write(data_dir: Path, processes: Iterable[ProcessStatus]) -> None:
    """Replaces the file in one step. OSError when the disk does not take it."""
    file = file_in(data_dir)
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    tree = {
        "supervisor_pid": os.getpid(),
        "updated_at": rfc3339(now()),
        "processes": [asdict(process) for process in processes],
    }
    fresh.write_text(json.dumps(tree, indent=1))
    fresh.replace(file)


def read(data_dir: Path) -> list[ProcessStatus]:
    """The programs as last written; all of them stopped when the supervisor is gone, none when it never ran here."""
    try:
        tree = json.loads(file_in(data_dir).read_text())
    except (OSError, ValueError):
        return []
    found = [ProcessStatus(**process | {"state": State(process["state"])}) for process in tree["processes"]]
    if not _alive(tree["supervisor_pid"]):
        for process in found:
            process.pid, process.state = None, State.STOPPED
    return found


def written_at(data_dir: Path) -> datetime:
    """When the tree last changed, as far as it was written; now where it was not."""
    try:
        return parse_rfc3339(json.loads(file_in(data_dir).read_text())["updated_at"])
    except (OSError, ValueError, KeyError):
        return now()


def _alive(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
