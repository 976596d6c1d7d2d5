"""What must hold before anything starts. Each check raises Unavailable: what, where, how to mend it."""

import errno
import fcntl
import os
import shutil
import socket
import time
from pathlib import Path
from typing import IO

from loom_app.config import Settings
from loom_app.kernel.errors import Unavailable
from loom_app.supervisor.places import PAGES, ROOT

FREE_BYTES = 200_000_000
SECONDS_FOR_A_PORT = 2.0
"""A Loom that was killed a moment ago may still be letting go of its ports."""


def data_dir(folder: Path) -> None:
    """The data directory exists, can be written and has room."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".can-be-written"
        with probe.open("wb") as file:
            file.write(bytes(1_000_000))
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(folder) from error
        raise Unavailable(
            f"Loom keeps its data in {folder}, which cannot be written ({error.strerror}). "
            "Give yourself the right to write there, or name another folder with LOOM_DATA_DIR."
        ) from error
    if shutil.disk_usage(folder).free < FREE_BYTES:
        raise _disk_full(folder)


def _disk_full(folder: Path) -> Unavailable:
    return Unavailable(
        f"The disk of {folder} is full: Loom needs {FREE_BYTES // 1_000_000} MB free to start. "
        "Free some space, or name a folder on another disk with LOOM_DATA_DIR."
    )


def lock(folder: Path) -> IO[str]:
    """Takes the data directory for this process, for as long as the file that is returned stays open."""
    file = (folder / "loom.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise Unavailable(
            f"Loom is already running on {folder} (process {holder}). "
            "Stop it first, or give this one a folder of its own with LOOM_DATA_DIR (and other ports)."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def pages() -> None:
    """The front end was built."""
    if not (PAGES / "index.html").exists():
        raise Unavailable(
            f"The pages are not built: {PAGES} is missing. Run `make build` in {ROOT}, or use `make run`."
        )


def ports(settings: Settings) -> None:
    """Every port that will be opened is free."""
    at = settings.temporal
    _port(settings.api.host, settings.api.port, "LOOM_API__PORT", "The web application")
    if not at.address:
        _port(at.host, at.port, "LOOM_TEMPORAL__PORT", "Temporal")
        _port(at.host, at.ui_port, "LOOM_TEMPORAL__UI_PORT", "Temporal's own pages")


def _port(host: str, port: int, variable: str, who: str) -> None:
    deadline = time.monotonic() + SECONDS_FOR_A_PORT
    while fault := _fault(host, port):
        if fault.errno != errno.EADDRINUSE:
            raise Unavailable(
                f"{who} cannot listen at {host}:{port}: {fault.strerror or fault}. {_advice(fault, variable)}"
            )
        if time.monotonic() > deadline:
            raise Unavailable(
                f"Port {port}, which {who[0].lower()}{who[1:]} needs, is taken{_holder(port)}. "
                f"Stop that program, or choose another port: {variable}={port + 1000 if port < 64000 else port - 1000}."
            )
        time.sleep(0.1)


def _fault(host: str, port: int) -> OSError | None:
    """Why a server could not listen there; None when it could."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        return error
    return None


def _advice(fault: OSError, variable: str) -> str:
    if fault.errno == errno.EACCES:
        return f"Ports below 1024 are for root; choose another: {variable}=8080."
    return f"Choose an address of this machine: {variable.rpartition('__')[0]}__HOST=127.0.0.1."


def _holder(port: int) -> str:
    """Who listens there, in words, as far as this user may know."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except (psutil.Error, OSError):
        pass
    return " by another program"
