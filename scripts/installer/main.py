"""The commands of scripts/setup.py: checks first, then each step whose inputs changed, then what was asked for."""

import ctypes
import fcntl
import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scripts.installer import checks, pages, python_env
from scripts.installer.failure import SetupFailed
from scripts.installer.places import PYTHON, ROOT
from scripts.installer.progress import Progress

USAGE = """usage: python3 scripts/setup.py COMMAND
  run [ARGUMENTS]   set up what is missing, then start Loom (`loom up ARGUMENTS`)
  build             set up what is missing
  dev               the same, with what checking Loom needs
  packages KIND     only the Python packages: run, dev or llm"""
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Step:
    """One thing to be made; it is up to date while `marker` holds the present `state`."""

    title: str
    marker: Path
    state: Callable[[], str]
    build: Callable[[Progress], None]
    needs_gb: float
    needs_network: Callable[[], bool]

    def pending(self) -> bool:
        """Whether it must be made, or made again."""
        return not self.marker.exists() or self.marker.read_text() != self.state()


def main(arguments: Sequence[str]) -> int:
    """Does one command. Returns 1 after one sentence on stderr when it cannot be done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if sign is not signal.SIGHUP or signal.getsignal(sign) is not signal.SIG_IGN:
            signal.signal(sign, _stopped)
    try:
        return _command(arguments)
    except SetupFailed as failed:
        return _say(str(failed), 1)
    except KeyboardInterrupt:
        return _say("\nStopped. Nothing was left half-made; make goes on from here.", 130)
    except OSError as error:
        return _say(f"The set-up cannot go on: {error.strerror or error} ({error.filename or ROOT}).", 1)


def _stopped(number: int, frame: Any) -> None:  # noqa: ARG001 - the signature of a signal handler
    raise KeyboardInterrupt


def _say(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    return status


def _command(arguments: Sequence[str]) -> int:
    match list(arguments):
        case ["run", *rest]:
            prepare([packages("run"), PAGES], starts=True)
            _start(rest)
        case ["build"]:
            prepare([packages("run"), PAGES])
        case ["dev"]:
            prepare([packages("dev"), PAGES])
        case ["packages", ("run" | "dev" | "llm") as kind]:
            prepare([packages(kind)])
        case _:
            return _say(USAGE, 2)
    return 0


def packages(kind: str) -> Step:
    """The step that installs a lock file."""
    return Step(
        title=f"Python packages of {python_env.lock_file(kind).name}",
        marker=python_env.marker(kind),
        state=partial(python_env.state, kind),
        build=partial(python_env.build, kind),
        needs_gb=1.5,
        needs_network=lambda: True,
    )


PAGES = Step(
    title="Pages of the web application",
    marker=pages.MARKER,
    state=pages.state,
    build=pages.build,
    needs_gb=1.5,
    needs_network=pages.needs_network,
)


def prepare(steps: Sequence[Step], *, starts: bool = False) -> None:
    """Brings `steps` up to date, one set-up of a clone at a time. With `starts`, ports must be free as well."""
    checks.platform()
    checks.git()
    with (ROOT / "Makefile").open() as guard:
        _wait_for_turn(guard.fileno())
        pending = [step for step in steps if step.pending()]
        if pending:
            _check(pending, starts=starts)
            _make(pending)


def _wait_for_turn(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Another set-up of {ROOT} is going on; waiting for it …", flush=True)
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _check(pending: Sequence[Step], *, starts: bool) -> None:
    checks.writable()
    checks.disk(sum(0.3 if step.marker.exists() else step.needs_gb for step in pending))
    if starts:
        checks.ports()
    settings = python_env.pip_settings()
    if any(step.needs_network() for step in pending) and settings.get("no-index", "0").lower() in ("0", "false", ""):
        checks.network(settings.get("index-url", "https://pypi.org/simple").rstrip("/") + "/")


def _make(pending: Sequence[Step]) -> None:
    progress = Progress(len(pending))
    for step in pending:
        progress.begin(step.title)
        step.build(progress)
        step.marker.write_text(step.state())
        progress.end()


def _start(arguments: Sequence[str]) -> None:
    """Becomes `loom up`, which stops should the `make` that runs this be killed."""
    if Path(f"/proc/{os.getppid()}/comm").read_text().strip() in ("make", "gmake"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execv(PYTHON, [str(PYTHON), "-P", "-m", "loom_app.cli", "up", *arguments])  # noqa: S606 - no shell is meant
