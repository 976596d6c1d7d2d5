"""Watching over a running command: memory, processes and time of its whole tree, and the disk it writes to.

Limits of single processes are no limits for a command that forks, so the sum is looked at ten times a second from a
thread of its own, which goes on while the event loop is busy.
"""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from loom_app.sandbox.filling import Filling
from loom_app.sandbox.outcome import MIB, CommandLimits, Ended

INTERVAL_SECONDS = 0.1
FREE_MEMORY_BYTES = 128 * MIB
MAX_ROUNDS = 100
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")

Finding = tuple[Ended, str]


@dataclass
class Watch:
    """Looks at the tree below `pid` until `stop`; calls `found` once, from its thread, when a limit is passed.

    The first `keepers` processes of the tree belong to the sandbox itself. `seen` are the processes of the last
    look, with their start times.
    """

    pid: int
    keepers: int
    limits: CommandLimits
    root: Path
    found: Callable[[Finding], None]
    seen: dict[int, int] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)
    _filling: Filling = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what the worktree holds now."""
        self._filling = Filling(self.root, self.limits)

    def start(self) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._look_on, name=f"watch-{self.pid}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def _look_on(self) -> None:
        while not self._ended.wait(INTERVAL_SECONDS):
            if finding := self.look():
                self._strike()
                self.found(finding)
                return

    def _strike(self) -> None:
        """Kill the groups of the command from here: the event loop may not get to run beside a fork bomb."""
        ours = {group for pid in (self.pid, *descendants(self.pid)[: self.keepers]) if (group := _group(pid))}
        for group in {group for pid in self.seen if (group := _group(pid))} - ours - {os.getpgrp()}:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    def look(self) -> Finding | None:
        """The first limit that is passed at this moment."""
        command = descendants(self.pid)[self.keepers :]
        measures = {pid: measure for pid in command if (measure := _measure(pid))}
        self.seen = {pid: measure.started for pid, measure in measures.items()}
        return (
            self._processes(len(measures))
            or self._memory(list(measures), sum(measure.resident for measure in measures.values()))
            or self._cpu(sum(measure.cpu_ticks for measure in measures.values()) / _TICKS)
            or self._disk()
        )

    def _processes(self, count: int) -> Finding | None:
        if count <= self.limits.processes:
            return None
        return "processes", f"it had started {count:,} processes at once, and {self.limits.processes:,} are allowed"

    def _memory(self, pids: list[int], resident: int) -> Finding | None:
        if psutil.virtual_memory().available < FREE_MEMORY_BYTES:
            return "machine", "the machine has almost no memory left"
        # Shared pages count in each process that maps them; only a sum that looks too large is worth the exact one.
        if resident <= self.limits.memory_bytes or (used := sum(map(_proportional, pids))) <= self.limits.memory_bytes:
            return None
        allowed = self.limits.memory_bytes // MIB
        return "memory", f"it used {used // MIB:,} MiB of memory, and {allowed:,} MiB are allowed"

    def _cpu(self, seconds: float) -> Finding | None:
        if seconds <= self.limits.cpu_seconds:
            return None
        return "timeout", cpu_detail(self.limits)

    def _disk(self) -> Finding | None:
        with suppress(OSError):
            disk = os.statvfs(self.root)
            if disk.f_bavail * disk.f_frsize < self.limits.free_disk_bytes:
                return "disk", f"the disk has less than {self.limits.free_disk_bytes // MIB:,} MiB left"
        grown = self._filling.look()
        return ("disk", grown) if grown else None


@dataclass(frozen=True)
class _Measure:
    started: int
    resident: int
    cpu_ticks: int


def descendants(pid: int) -> list[int]:
    """All processes below one, parents before their children."""
    found: list[int] = []
    ahead = [pid]
    while ahead:
        below = _children(ahead.pop(0))
        found += below
        ahead += below
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _measure(pid: int) -> _Measure | None:
    """None for a process that is gone or waits to be reaped."""
    with suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()
        if fields[0] != "Z":
            return _Measure(int(fields[19]), int(fields[21]) * _PAGE, sum(map(int, fields[11:15])))
    return None


def _proportional(pid: int) -> int:
    """The memory of a process, where pages that several share count in parts."""
    try:
        return int(psutil.Process(pid).memory_full_info().pss)
    except (psutil.Error, OSError):
        measure = _measure(pid)
        return measure.resident if measure else 0


def cpu_detail(limits: CommandLimits) -> str:
    """The words for too much processor time."""
    return f"used more than the {limits.cpu_seconds:g} s of processor time that are allowed"


def end_strays(mark: str, seen: dict[int, int]) -> None:
    """Kill what is left of a command without a keeper: what was seen below it, or has the variable `mark`."""
    if not mark:
        raise ValueError("an empty mark fits every process of the machine")
    # What forked while it was looked for shows in the next round.
    for _ in range(MAX_ROUNDS):
        left = [pid for pid in _living() if _marked(pid, mark) or (pid in seen and _started(pid) == seen[pid])]
        if not left:
            return
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _living() -> list[int]:
    return [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]


def _marked(pid: int, mark: str) -> bool:
    try:
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _started(pid: int) -> int | None:
    measure = _measure(pid)
    return measure.started if measure else None


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
