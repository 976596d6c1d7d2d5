"""Runs a command with LOOM_TEST_POSTGRES_URL naming a PostgreSQL of its own, which is gone afterwards.

Without a PostgreSQL server on the machine the command runs all the same, without the variable.
"""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

VARIABLE = "LOOM_TEST_POSTGRES_URL"
FAST = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "listen_addresses=127.0.0.1",
]
"""Nothing here has to survive a power cut."""


def main(command: Sequence[str]) -> int:
    """Runs `command` and returns its status."""
    if VARIABLE in os.environ:
        return subprocess.call(command)
    programs = server_programs()
    if not programs:
        print(
            "No PostgreSQL server on this machine (Debian: apt install postgresql); testing on SQLite alone.",
            flush=True,
        )
        return subprocess.call(command)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="loom-postgres-") as folder:
        return _beside_a_server(programs, Path(folder), command)


def server_programs() -> str:
    """The folder with initdb and pg_ctl of the newest version, empty when there is none."""
    on_path = shutil.which("initdb")
    folders = [str(Path(on_path).parent)] if on_path else []
    folders += sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_version, reverse=True)  # noqa: PTH207 - absolute
    return next((folder for folder in folders if (Path(folder) / "pg_ctl").exists()), "")


def _version(folder: str) -> int:
    digits = Path(folder).parent.name
    return int(digits) if digits.isdigit() else 0


def _beside_a_server(programs: str, folder: Path, command: Sequence[str]) -> int:
    owner = _owner(folder)
    port = _free_port()
    data = str(folder / "data")
    options = " ".join(f"-c {option}" for option in (*FAST, f"port={port}", f"unix_socket_directories={folder}"))
    initdb = [
        f"{programs}/initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run(initdb, user=owner, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    control = [f"{programs}/pg_ctl", "-D", data, "-s", "-w"]
    subprocess.run([*control, "-l", f"{folder}/log", "-o", options, "start"], user=owner, cwd=folder, check=True)
    try:
        url = f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
        return subprocess.call(command, env=os.environ | {VARIABLE: url})
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], user=owner, cwd=folder, check=False)


def _owner(folder: Path) -> int:
    """The user to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return os.geteuid()
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return account.pw_uid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
