"""What a command may use, and what became of it."""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Ended = Literal["exited", "timeout", "memory", "machine", "processes", "output", "disk", "cancelled", "not_found"]
"""`machine` is what others on the machine are to blame for."""
MIB = 1024 * 1024


@dataclass(frozen=True)
class CommandLimits:
    """Ceilings for one command with everything that it starts, unless said otherwise."""

    wall_seconds: float = 300.0
    cpu_seconds: float = 1800.0
    memory_bytes: int = 2048 * MIB
    processes: int = 256
    output_bytes: int = 65_536
    """Kept of each stream; the rest is counted and left out of the middle."""
    flood_bytes: int = 200_000_000
    """Printed on one stream at most; a command that prints more is stopped."""
    file_bytes: int = 1024 * MIB
    """Size of each file written."""
    free_disk_bytes: int = 64 * MIB
    """What must stay free on the disk of the worktree."""
    tree_bytes: int = 10_240 * MIB
    """What the whole worktree may take up before commands that make it grow are stopped."""
    tree_files: int = 500_000
    """The same for the number of its files and directories."""


@dataclass(frozen=True)
class CommandOutcome:
    """The end of a command. `summary` is a sentence for a model: what happened and what to do about it.

    `exit_code` is None when it ended by a `signal` or never ran. `confined` tells whether bubblewrap held it.
    """

    argv: list[str]
    exit_code: int | None
    signal: int | None
    stdout: str
    stderr: str
    stdout_bytes: int
    stderr_bytes: int
    truncated: bool
    duration_ms: int
    ended: Ended
    confined: bool
    summary: str
    risk: str = ""
    """What its words said of how far it reaches, where they were judged."""
    rule: str = ""
    """Why it was let run."""
    network: Sequence[Mapping[str, Any]] = ()
    """What it asked of the network, and what became of that."""


@dataclass(frozen=True)
class Ending:
    """How a command ended, before it is put into words; `detail` is the fact that a limit was judged by."""

    ended: Ended
    exit_code: int | None = None
    signal: int | None = None
    errno: int | None = None
    detail: str = ""


_STOPPED: dict[Ended, str] = {
    "timeout": "The command {detail} and was stopped with everything it had started. Run a smaller part, or find out "
    "why it does not end: waiting for input or a server that keeps running are usual causes.",
    "memory": "The command was stopped: {detail}. Make it work on less data at once.",
    "machine": "The command was stopped: {detail}. That need not be its fault; try it again in a while.",
    "processes": "The command was stopped: {detail}. Look for a program that starts itself again and again.",
    "output": "The command was stopped because it printed more than {flood:,} bytes. Print less: write to a file and "
    "look at parts of it, or filter with grep, head or tail.",
    "disk": "The command was stopped: {detail}. Delete large files that it made, and write less.",
    "cancelled": "The command was stopped because the run was cancelled.",
}


def sentence(ending: Ending, argv: list[str], seconds: float, limits: CommandLimits, errors: str) -> str:
    """The summary of an outcome."""
    if ending.ended == "not_found":
        return _not_started(ending, argv[0])
    if ending.ended == "exited":
        return _exited(ending, seconds, limits, errors)
    return _STOPPED[ending.ended].format(detail=ending.detail, flood=limits.flood_bytes)


def _exited(ending: Ending, seconds: float, limits: CommandLimits, errors: str) -> str:
    if ending.signal is not None:
        return _signalled(ending.signal, seconds, limits)
    if ending.exit_code == 0:
        return f"The command succeeded (exit code 0) in {seconds:.1f} s."
    said = f"The command failed with exit code {ending.exit_code} after {seconds:.1f} s."
    if ending.exit_code == 127:
        return f"{said} Code 127 usually means that a program it called is not installed here."
    if any(word in errors for word in ("MemoryError", "Cannot allocate memory", "bad_alloc", "out of memory")):
        return f"{said} It seems to have run out of memory; {limits.memory_bytes // MIB:,} MiB are allowed."
    return f"{said} Its output tells why."


def _signalled(number: int, seconds: float, limits: CommandLimits) -> str:
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    said = f"The command was ended by {name} after {seconds:.1f} s."
    if number == signal.SIGXFSZ:
        return f"{said} It wrote a file of more than {limits.file_bytes // MIB:,} MiB; write smaller ones."
    if number == signal.SIGKILL:
        return f"{said} It killed itself, or the machine ran out of memory."
    if number in {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE}:
        return f"{said} The program crashed; its output may tell why."
    return said


def _not_started(ending: Ending, program: str) -> str:
    reason = os.strerror(ending.errno) if ending.errno else "unknown reason"
    return (
        f"The program {program!r} could not be started: {reason}. Check its spelling, that it is installed here and, "
        "for a script of the project, that it is executable and begins with a line such as '#!/bin/sh'."
    )
