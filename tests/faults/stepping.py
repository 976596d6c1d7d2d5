"""Processes of Loom that die at a named step of what they do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.system import System
from tests.support.waiting import until

LOADED = Path(__file__).with_name("points")


class Steps:
    """The steps of one running Loom. `env` is what its processes are started with."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.env = {"PYTHONPATH": str(LOADED), "TEST_STEPS": str(folder)}

    @contextmanager
    def dies(self, system: System, process: str, step: str) -> Iterator[None]:
        """`process` dies when any process reaches `step` during or after the block; then it is up again."""
        before = system.pid(process)
        ready = system.log("worker").count("worker is ready")
        half, file = self._folder / "half", self._folder / step
        half.write_text(str(before))
        half.rename(file)
        yield
        reached = self._folder / f"{step}.reached"
        until(reached.exists, 30, what=f"{step} is reached")
        until(lambda: system.process(process).pid not in (None, before), 30, what=f"{process} is started again")
        if process == "worker":
            until(lambda: system.log("worker").count("worker is ready") > ready, 30, what="the worker works again")
        elif process == "web":
            until(system.answers, 60, what="pages are served again")
        reached.unlink()
