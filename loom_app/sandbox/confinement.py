"""How well commands can be held on this machine, found out by trying."""

import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from loom_app.sandbox.bubblewrap import UID, Jail
from loom_app.sandbox.outcome import MIB

_IDENTITY = ("--uid", UID, "--gid", UID)
_USER_NAMESPACES = (
    ("--unshare-user", "--disable-userns", *_IDENTITY),
    ("--unshare-user", *_IDENTITY),
    ("--unshare-user-try",),
)
"""From the tightest to what old versions, and systems where only root may, can do."""


@dataclass(frozen=True)
class Confinement:
    """Commands are held by `bubblewrap`, or are `plain`: limited, but without walls. `detail` is for people.

    `program` is bubblewrap with the options that work here.
    """

    kind: Literal["bubblewrap", "plain"]
    detail: str
    program: tuple[str, ...] = ()


@cache
def confinement() -> Confinement:
    """What this machine can do. Starts a sandbox the first time and blocks for some milliseconds then."""
    program = shutil.which("bwrap")
    if program is None:
        return plain("bubblewrap is not installed (on Debian and Ubuntu: apt-get install bubblewrap)")
    complaint = ""
    for options in _USER_NAMESPACES:
        failure = _try((program, *options))
        if failure is None:
            return Confinement(
                "bubblewrap",
                "Commands run under bubblewrap: no network of their own, no home, nothing writable but their worktree.",
                (program, *options),
            )
        complaint = complaint or failure
    return plain(f"bubblewrap does not work here ({complaint}); it needs unprivileged user namespaces")


def plain(reason: str) -> Confinement:
    """The fallback without walls, for the given reason."""
    return Confinement(
        "plain",
        f"{reason[0].upper()}{reason[1:]}. Commands are limited in time, memory and output, but they can read what "
        "Loom can read, write outside their worktree and use the network.",
    )


def _try(program: tuple[str, ...]) -> str | None:
    """What bubblewrap complains of when it runs nothing in a sandbox like that of a command."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        jail = Jail(program, Path(place).resolve(), stack)
        jail.build(64 * MIB)
        try:
            tried = subprocess.run(  # noqa: S603 - a fixed argv
                [*jail.argv, "--", "/bin/sh", "-c", ":"],
                pass_fds=jail.fds,
                env={},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=20,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
    if tried.returncode == 0:
        return None
    return tried.stderr.decode(errors="replace").strip().replace("\n", "; ") or f"exit code {tried.returncode}"
