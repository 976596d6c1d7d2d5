"""A command as it was asked for: checked, and written down for the keeper."""

import json
import math
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loom_app.kernel.errors import Forbidden, Invalid
from loom_app.sandbox import outlet
from loom_app.sandbox.bubblewrap import search_path
from loom_app.sandbox.outcome import MIB, CommandLimits
from loom_app.sandbox.workspace import Workspace

MAX_ARGUMENT_BYTES = 100_000
MAX_OPEN_FILES = 4096
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Order:
    """What to run, and where; `root` and `cwd` are real paths."""

    argv: list[str]
    root: Path
    cwd: Path
    env: dict[str, str]


def checked(argv: Sequence[str], root: Path, cwd: str, env: Mapping[str, str]) -> Order:
    """The order for a command, or Invalid or Forbidden with the reason why it cannot be one."""
    if not argv or not argv[0].strip():
        raise Invalid("The command is empty; name a program to run.", code="bad_command")
    for word in (*argv, *env.values()):
        if "\0" in word or any("\ud800" <= char <= "\udfff" for char in word):
            raise Invalid("The command has NUL or half characters in it; remove them.", code="bad_command")
    if sum(len(word.encode()) for word in argv) > MAX_ARGUMENT_BYTES:
        raise Invalid(
            f"The command is longer than {MAX_ARGUMENT_BYTES:,} bytes. Write it to a file first and run that.",
            code="bad_command",
        )
    if bad := [name for name in env if not _NAME.fullmatch(name)]:
        raise Invalid(f"{bad[0]!r} cannot be the name of an environment variable.", code="bad_command")
    workspace = Workspace(root)
    if workspace.root == Path("/"):
        raise Forbidden("The whole machine cannot be a workspace; choose a directory.", code="path_outside")
    place = workspace.resolve(cwd)
    if not place.is_dir():
        raise Invalid(f"There is no directory {cwd!r} in the workspace to run the command in.", code="bad_command")
    return Order(list(argv), workspace.root, place, dict(env))


def specification(
    order: Order,
    limits: CommandLimits,
    control: int,
    status: int,
    *,
    home: str,
    temporary: str,
    adopt: bool,
    way_out: int | None = None,
) -> str:
    """The JSON that the keeper takes; see there."""
    reached = {} if way_out is None else outlet.environment()
    return json.dumps(
        {
            "control": control,
            "status": status,
            "adopt": adopt,
            "outlet": None if way_out is None else {"channel": way_out, "port": outlet.PORT},
            "limits": _rlimits(limits, confined=not adopt),
            "env": _environment(home, temporary) | reached | order.env,
        }
    )


def _environment(home: str, temporary: str) -> dict[str, str]:
    return {
        "PATH": search_path(),
        "HOME": home,
        "TMPDIR": temporary,
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "USER": "loom",
        "LOGNAME": "loom",
        "SHELL": "/bin/sh",
        "NO_COLOR": "1",
        "PAGER": "cat",
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        # The files may belong to somebody who is not known inside the sandbox.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }


def _rlimits(limits: CommandLimits, *, confined: bool) -> dict[str, tuple[int, int]]:
    seconds = math.ceil(limits.cpu_seconds)
    # A backstop for what grows between two looks of the watcher, which judges by memory that is really used.
    memory = limits.memory_bytes + 1024 * MIB
    most = {
        "RLIMIT_CPU": (seconds, seconds + 5),
        "RLIMIT_DATA": (memory, memory),
        "RLIMIT_FSIZE": (limits.file_bytes, limits.file_bytes),
        "RLIMIT_NOFILE": (MAX_OPEN_FILES, MAX_OPEN_FILES),
        "RLIMIT_CORE": (0, 0),
    }
    if not confined or _counts_processes_by_namespace():
        # Threads count here as well, so this is only to slow a fork bomb until the watcher has seen it.
        most["RLIMIT_NPROC"] = (4 * limits.processes, 4 * limits.processes)
    return most


def _counts_processes_by_namespace() -> bool:
    found = re.match(r"(\d+)\.(\d+)", platform.release())
    return found is not None and (int(found[1]), int(found[2])) >= (5, 14)
