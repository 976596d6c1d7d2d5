"""`make run` in a fresh clone where something is missing: one clear sentence, a failing exit code, nothing left."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.setup.conftest import PYTHON, Clone
from tests.support.waiting import until

NEEDED = "Loom needs Python 3.11 or newer, but "
ADVICE = (
    "Install one (Debian 12, Ubuntu 24.04 or newer: apt install python3 python3-venv) "
    "or name one with make PYTHON=/path/to/python3."
)


def test_an_old_python_is_named(clone: Clone) -> None:
    (clone.bin / "python3").unlink()
    clone.fake("python3", "echo 3.9")

    status, said = clone.make("run")

    assert status != 0
    assert said == f"{NEEDED}{clone.bin}/python3 is Python 3.9. {ADVICE}"
    assert clone.left() == []


def test_no_python_at_all(clone: Clone) -> None:
    (clone.bin / "python3").unlink()

    status, said = clone.make("run")

    assert status != 0
    assert said == f"{NEEDED}none is on PATH. {ADVICE}"


def test_a_newer_python_beside_an_old_one_is_found(clone: Clone) -> None:
    (clone.bin / "python3").unlink()
    clone.fake("python3", "exit 127")
    clone.give("python3.13", PYTHON)

    status, said = clone.make("run", PIP_INDEX_URL="http://127.0.0.1:1/simple")

    assert status != 0
    assert said.startswith("The first set-up downloads packages")


def test_the_script_itself_turns_an_old_python_away() -> None:
    guard = (Path(__file__).parents[2] / "scripts" / "setup.py").read_text()
    old = "import sys; sys.version_info = (3, 6); sys.argv = ['setup.py', 'run']; __file__ = 'scripts/setup.py'\n"

    done = subprocess.run([sys.executable, "-c", old + guard], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("Loom needs Python 3.11 or newer, but ")
    assert "Traceback" not in done.stderr


def test_without_git(clone: Clone) -> None:
    (clone.bin / "git").unlink()

    status, said = clone.make("run")

    assert status != 0
    assert said == (
        "Loom needs git, which is not on PATH. Install it (Debian, Ubuntu: apt install git) and run make again."
    )
    assert clone.left() == []


def test_without_network(clone: Clone) -> None:
    status, said = clone.make("run", PIP_INDEX_URL="http://127.0.0.1:1/simple")

    assert status != 0
    assert said == (
        "The first set-up downloads packages, and http://127.0.0.1:1/simple/ cannot be reached "
        "([Errno 111] Connection refused). "
        "Check the network (and HTTPS_PROXY or PIP_INDEX_URL, if you use them) and run make again."
    )
    assert clone.left() == []


def test_a_taken_port_is_said_before_the_long_work(clone: Clone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        status, said = clone.make("run", LOOM_TEMPORAL__UI_PORT=str(port))

    assert status != 0
    assert said.startswith(
        f"Port {port} of this machine, which Temporal's pages would use, is taken by another program."
    )
    assert clone.left() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own with 30 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(folder)]
    if (
        os.geteuid() != 0
        or not shutil.which("mount")
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("this user cannot mount a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_without_room(small_disk: Path, make_clone: Callable[[Path], Clone]) -> None:
    clone = make_clone(small_disk)
    clone.give("python3", PYTHON)

    status, said = clone.make("run")

    assert status != 0
    assert said == (
        f"Setting up Loom needs 3.0 GB on the disk of {small_disk}, which has 0.0 GB free. "
        "Free some space, or clone to another disk, and run make again."
    )
    assert clone.left() == []


@contextmanager
def index(answers: int) -> Iterator[str]:
    """A package index that answers `answers` requests with 404 and is gone then; -1: it takes requests, silently."""
    server = socket.create_server(("127.0.0.1", 0))
    held = []

    def serve() -> None:
        for _ in range(answers if answers >= 0 else 1):
            with server.accept()[0] as connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        while answers < 0 and (connection := server.accept()[0]):
            held.append(connection)
        server.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"
    if answers >= 0:
        thread.join()


def test_a_network_that_goes_away_leaves_nothing_half_made(clone: Clone) -> None:
    with index(answers=1) as url:
        status, said = clone.make("run", PIP_INDEX_URL=url, PIP_RETRIES="1")

    assert status != 0
    assert said == (
        "Installing uv failed: the network went away or a package registry did not answer. "
        "Check the connection (and HTTPS_PROXY or PIP_INDEX_URL, if you use them) and run make again."
    )
    assert clone.left() == []


def test_a_registry_without_the_packages_is_shown_in_its_own_words(clone: Clone) -> None:
    with index(answers=2) as url:
        status, said = clone.make("run", PIP_INDEX_URL=url, PIP_RETRIES="0")

    assert status != 0
    assert "No matching distribution found for uv==" in said
    assert said.splitlines()[-1].startswith("Installing uv failed with status 1 in ")
    assert clone.left() == []


def test_an_interrupted_set_up_leaves_nothing_half_made(clone: Clone) -> None:
    with index(answers=-1) as url:
        command = [str(clone.bin / "python3"), "scripts/setup.py", "run"]
        environ = clone.environment(PIP_INDEX_URL=url)
        with subprocess.Popen(command, cwd=clone.root, env=environ, stderr=subprocess.PIPE, text=True) as process:
            until((clone.root / ".venv" / "bin" / "pip").exists, 60)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert said.strip() == "Stopped. Nothing was left half-made; make goes on from here."
    assert clone.left() == []


def test_distclean_does_not_pull_the_rug_from_under_a_running_loom(clone: Clone) -> None:
    (clone.root / "data").mkdir()
    lock = clone.root / "data" / "loom.lock"
    for name in ("find", "rm", "true"):
        clone.give(name)
    with subprocess.Popen(
        ["flock", lock, "sh", "-c", "echo held; cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()

        status, said = clone.make("distclean")

        assert status != 0
        assert said == f"Loom is running from {clone.root}/data; stop it first (Ctrl-C where it runs)."
        holder.communicate()
    assert lock.exists()

    assert clone.make("distclean") == (0, "")
    assert clone.left() == []
