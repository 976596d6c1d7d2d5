"""Starts one command, tells how it ended and leaves nothing of it behind. A program of its own, standard library only.

Run as `python keeper.py SPEC ARGV…`; SPEC is JSON with `control` (a pipe that the owner keeps open: when it closes,
everything ends, so a killed owner leaves no processes), `status` (a pipe for one JSON line: `exit`, `signal` or
`error`, an errno), `adopt` (whether to gather and end processes that outlive the command; a PID namespace does that
by itself), `outlet` (a socket to hand a listening one out by, and the `port` of loopback it shall listen on; null for
none), `limits` (rlimit name to its soft and hard value) and `env`, the command's environment.
"""

import ctypes
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NoReturn

PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38


def main() -> None:
    """Run the command and write its end to the status pipe."""
    spec, argv = json.loads(sys.argv[1]), sys.argv[2:]
    for fd in (spec["control"], spec["status"]):
        os.set_inheritable(fd, False)
    libc = ctypes.CDLL(None)
    # What it writes to the status pipe is believed, so the command shall not get at its descriptors or memory.
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    if spec["adopt"]:
        _adopt_orphans(libc)
    if spec["outlet"]:
        _hand_out(**spec["outlet"])
    child = os.fork()
    if child == 0:
        _become(argv, spec)
    ended = _wait(child, spec["control"])
    _send_group(child)
    if spec["adopt"]:
        _end_descendants()
    if ended is not None:
        _tell(spec["status"], {"signal": -ended} if ended < 0 else {"exit": ended})


def _adopt_orphans(libc: ctypes.CDLL) -> None:
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # A set-uid program would run as somebody whom the keeper cannot end.
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _hand_out(channel: int, port: int) -> None:
    """Before the command starts, so that it can neither be in the way nor take the port."""
    import socket

    with socket.socket(fileno=channel) as way, socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        socket.send_fds(way, [b"1"], [listener.fileno()])


def _become(argv: list[str], spec: dict[str, Any]) -> NoReturn:
    # A group of its own can be killed in one step, faster than any of its members can fork.
    os.setsid()
    # Python ignores some signals, and nohup others; a command that inherited that would not end as it should.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    for name, (soft, hard) in spec["limits"].items():
        others = _tasks_of_user() if name == "RLIMIT_NPROC" and spec["adopt"] else 0
        _limit(getattr(resource, name), soft + others, hard + others)
    try:
        os.execvpe(argv[0], argv, spec["env"])  # noqa: S606 - no shell is wanted
    except OSError as error:
        _tell(spec["status"], {"error": error.errno})
    os._exit(127)


def _limit(which: int, soft: int, hard: int) -> None:
    ceiling = resource.getrlimit(which)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))


def _wait(child: int, control: int) -> int | None:
    """The exit code, or minus the signal, of the child; None when the owner is gone."""
    poll = select.poll()
    poll.register(os.pidfd_open(child), select.POLLIN)
    poll.register(control, select.POLLHUP)
    if any(fd == control for fd, _ in poll.poll()):
        return None
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _end_descendants() -> None:
    """Kill and reap until nothing is left, by groups and then one by one."""
    while True:
        below = _descendants(os.getpid())
        for group in set(below.values()):
            _send_group(group)
        for process in below:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return


def _send_group(group: int) -> None:
    if group != os.getpgrp():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def _descendants(top: int) -> dict[int, int]:
    """The living processes below one, with their groups."""
    children: dict[int, list[int]] = {}
    groups: dict[int, int] = {}
    for process, (state, parent, group, *_) in _processes():
        if state != b"Z":
            children.setdefault(int(parent), []).append(process)
            groups[process] = int(group)
    found: dict[int, int] = {}
    ahead = [top]
    while ahead:
        below = children.get(ahead.pop(), [])
        found.update((process, groups[process]) for process in below)
        ahead += below
    return found


def _processes() -> Iterator[tuple[int, list[bytes]]]:
    """Every process with the fields of its stat file from the state on."""
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - pathlib doubles the start-up
        with suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123
            yield int(name), stat.read().rsplit(b")", 1)[1].split()


def _tasks_of_user() -> int:
    """How many threads the user already has: outside a namespace the limit counts them too."""
    count = 0
    for process, fields in _processes():
        with suppress(OSError):
            count += int(fields[17]) * (os.stat(f"/proc/{process}").st_uid == os.getuid())  # noqa: PTH116
    return count


def _tell(status: int, answer: dict[str, int | None]) -> None:
    with suppress(BrokenPipeError):
        os.write(status, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
