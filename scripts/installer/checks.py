"""What must hold before anything is begun. Each check raises SetupFailed with what, where and how to mend it."""

import errno
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from scripts.installer.failure import SetupFailed
from scripts.installer.places import ROOT

SECONDS_FOR_AN_ANSWER = 10


def platform() -> None:
    """Loom stands on Linux's ways to tie processes together and to confine them."""
    if sys.platform != "linux":
        raise SetupFailed(
            f"Loom runs on Linux, and this is {sys.platform}. Use the container instead: docker compose up."
        )


def git() -> None:
    """Every agent works in a git worktree."""
    path = shutil.which("git")
    try:
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return
    except OSError:
        pass
    raise SetupFailed(
        "Loom needs git, which is not on PATH. Install it (Debian, Ubuntu: apt install git) and run make again."
    )


def writable(folder: Path = ROOT) -> None:
    """The clone is where everything goes."""
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetupFailed(
            f"Loom sets itself up inside {folder}, where you may not write. Clone it to a folder of your own."
        )


def disk(needed_gb: float, folder: Path = ROOT) -> None:
    """Room for what is about to be made."""
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < needed_gb:
        raise SetupFailed(
            f"Setting up Loom needs {needed_gb:.1f} GB on the disk of {folder}, which has {free_gb:.1f} GB free. "
            "Free some space, or clone to another disk, and run make again."
        )


def ports() -> None:
    """Said before minutes of set-up; `loom up` checks again, with the settings read in full."""
    wanted = [("LOOM_API__PORT", "8080", "the web application")]
    if not setting("LOOM_TEMPORAL__ADDRESS", ""):
        wanted += [("LOOM_TEMPORAL__PORT", "7233", "Temporal"), ("LOOM_TEMPORAL__UI_PORT", "8088", "Temporal's pages")]
    for variable, default, who in wanted:
        port = setting(variable, default)
        if port.isdigit() and taken(int(port)):
            raise SetupFailed(
                f"Port {port} of this machine, which {who} would use, is taken by another program. "
                f"Stop that program or choose another port: {variable}={int(port) + 1000} make run."
            )


def setting(variable: str, default: str) -> str:
    """A setting before Loom can read its own: the variable, or the plain `section:` and `key:` lines of config.yaml."""
    if variable in os.environ:
        return os.environ[variable]
    section, key = variable.removeprefix("LOOM_").lower().split("__")
    file = Path(os.environ.get("LOOM_CONFIG", ROOT / "config.yaml"))
    text = file.read_text(errors="replace") if file.is_file() else ""
    block = re.search(rf"^{section}:[^\n]*\n((?:[ \t#][^\n]*\n|\n)*)", text + "\n", re.MULTILINE)
    line = re.search(rf"^\s+{key}:\s*['\"]?([^\s'\"#]+)", block.group(1), re.MULTILINE) if block else None
    return line.group(1) if line else default


def taken(port: int, host: str = "127.0.0.1") -> bool:
    """Whether another program listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def network(index: str) -> None:
    """The package index answers, whatever it answers."""
    try:
        request = urllib.request.Request(index, method="HEAD")  # noqa: S310 - the address is the user's own
        urllib.request.urlopen(request, timeout=SECONDS_FOR_AN_ANSWER).close()  # noqa: S310
    except urllib.error.HTTPError:
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return
        raise SetupFailed(
            f"The first set-up downloads packages, and {index} cannot be reached ({reason}). "
            "Check the network (and HTTPS_PROXY or PIP_INDEX_URL, if you use them) and run make again."
        ) from error
