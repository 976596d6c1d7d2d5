"""The whole of Loom under `loom up`: ready, every program killed, stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from loom_app.supervisor import status
from loom_app.supervisor.places import PAGES, ROOT
from loom_app.supervisor.status import State
from tests.supervisor.test_up import free_port
from tests.support.waiting import is_gone, until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not (PAGES / "index.html").exists(), reason="the pages are not built: make build"),
]
PROGRAMS = ("temporal", "web", "worker")
SECONDS_TO_START = 60


class Running:
    """A Loom of its own on free ports."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{free_port()}"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")} | settings
        environ |= {"LOOM_DATA_DIR": str(data_dir), "LOOM_API__PORT": self.url.rpartition(":")[2]}
        environ |= {"LOOM_TEMPORAL__PORT": str(free_port()), "LOOM_TEMPORAL__UI_PORT": str(free_port())}
        self.printed = data_dir / "printed.txt"
        with self.printed.open("wb") as output:
            command = [sys.executable, "-m", "loom_app.cli", "up"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=subprocess.STDOUT)

    def answers(self, path: str = "/api/v1/health") -> bool:
        """Whether the web application does."""
        try:
            return httpx.get(self.url + path, timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def says(self, words: str) -> str:
        """Waits for a match of `words` in what was printed, and returns it."""
        found = until(lambda: re.search(words, self.printed.read_text()), SECONDS_TO_START, what=words)
        assert found is not None
        return found.group()

    def pid(self, name: str) -> int:
        """The pid of a program that runs."""
        return until(lambda: self._pid(name), SECONDS_TO_START, what=f"{name} runs")

    def _pid(self, name: str) -> int:
        states = {process.name: process for process in status.read(self.data_dir)}
        running = name in states and states[name].state is State.RUNNING
        return (states[name].pid or 0) if running else 0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Loom, started; killed at the end if it still runs."""
    loom = Running(tmp_path)
    yield loom
    loom.process.kill()
    loom.process.wait()


def test_it_says_where_it_is_survives_kills_and_stops(running: Running) -> None:
    running.says(f"Loom is ready at {running.url}\n")
    running.says(rf"First visit: open {running.url}/setup\?token=\S+ to name the first user")
    running.says("No model provider is set up yet: .*`loom demo`")
    assert running.answers()
    assert running.answers("/")
    assert "token=" not in (running.data_dir / "logs" / "loom.log").read_text()

    first = {name: running.pid(name) for name in PROGRAMS}
    heirs = [heir.pid for pid in first.values() for heir in psutil.Process(pid).children(recursive=True)]
    for pid in first.values():
        os.kill(pid, signal.SIGKILL)
    for name in PROGRAMS:
        running.says(rf"{name} died \(signal 9\), restarting in 0\.2 s")
        until(lambda name=name: running.pid(name) != first[name], SECONDS_TO_START)  # type: ignore[misc]
    until(running.answers, SECONDS_TO_START, what="the web application is back")
    assert all(is_gone(heir) for heir in heirs)

    second = [running.pid(name) for name in PROGRAMS]
    asked = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(20) == 0
    assert time.monotonic() - asked < 16
    assert all(is_gone(pid) for pid in second)
    assert not running.answers()


def test_a_kill_of_the_supervisor_leaves_nothing_and_the_next_start_works(running: Running, tmp_path: Path) -> None:
    running.says("Loom is ready")
    pids = [running.pid(name) for name in PROGRAMS]
    heirs = [heir.pid for pid in pids for heir in psutil.Process(pid).children(recursive=True)]

    running.process.kill()
    running.process.wait()

    for pid in [*pids, *heirs]:
        until(lambda pid=pid: is_gone(pid), what=f"{pid} dies")  # type: ignore[misc]
    again = Running(tmp_path, LOOM_ADMIN_PASSWORD="a long enough password", LOOM_PROVIDER__URL="http://127.0.0.1:1/v1")
    try:
        again.says("Loom is ready")
        until(lambda: again._pid("worker"), SECONDS_TO_START)
        again.process.send_signal(signal.SIGTERM)
        assert again.process.wait(20) == 0
        assert "First visit" not in again.printed.read_text()
    finally:
        again.process.kill()
        again.process.wait()
