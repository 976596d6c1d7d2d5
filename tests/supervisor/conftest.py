"""A supervisor in a process of its own, watched from outside."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loom_app.supervisor import status
from loom_app.supervisor.places import ROOT
from tests.support.waiting import until

FOREVER = "import time\nwhile True: time.sleep(60)"


class TreeProcess:
    """A running supervisor. `printed` is a file with what it showed."""

    def __init__(self, data_dir: Path, programs: list[dict[str, Any]]) -> None:
        self.data_dir = data_dir
        self.printed = data_dir / "printed.txt"
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.supervisor.tree_process", str(data_dir), json.dumps(programs)],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def status(self, name: str) -> status.ProcessStatus:
        """The program as the status file shows it; one that is stopped while there is no file."""
        found = {process.name: process for process in status.read(self.data_dir)}
        return found.get(name, status.ProcessStatus(name))

    def alive(self, name: str) -> int:
        """The pid of the program once it runs."""
        until(lambda: self.status(name).state == "running", what=f"{name} runs: {self.output()}")
        pid = self.status(name).pid
        assert pid is not None
        return pid

    def output(self) -> str:
        """What was shown until now."""
        return self.printed.read_text()

    def says(self, words: str) -> str:
        """Waits for the words and returns all output."""
        until(lambda: words in self.output(), what=f"{words!r} in: {self.output()}")
        return self.output()

    def end(self) -> int:
        """Asks it to stop, as Ctrl-C does, and returns its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


Start = Callable[..., TreeProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts supervisors of the given programs; ends what is left of them."""
    started = []

    def begin(*programs: dict[str, Any]) -> TreeProcess:
        started.append(TreeProcess(tmp_path, list(programs)))
        return started[-1]

    yield begin
    for tree in started:
        tree.process.kill()
        tree.process.wait()
