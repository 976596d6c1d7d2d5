"""Runs commands while showing that something is going on."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.installer.failure import SetupFailed, explain
from scripts.installer.places import ROOT

SECONDS_BETWEEN_SIGNS = 10.0
"""How often a log file, unlike a terminal, is told that work goes on."""


class Progress:
    """Says which of the steps is being done, for how long, and what its command printed last."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.done = 0
        self.started = time.monotonic()
        self.live = sys.stdout.isatty()
        self.signed = 0.0

    def begin(self, title: str) -> None:
        """A new step starts."""
        self.done += 1
        self.started = self.signed = time.monotonic()
        print(f"[{self.done}/{self.steps}] {title} …", flush=True)

    def tick(self, last: str) -> None:
        """Called often while a command runs; `last` is its newest line."""
        seconds = time.monotonic() - self.started
        if self.live:
            print(f"\r\033[K      {seconds:3.0f} s  {last[:90]}", end="", flush=True)
        elif time.monotonic() - self.signed >= SECONDS_BETWEEN_SIGNS:
            self.signed = time.monotonic()
            print(f"      {seconds:3.0f} s  {last[:90]}", flush=True)

    def end(self) -> None:
        """The step is done."""
        start = "\r\033[K" if self.live else ""
        print(f"{start}      done in {time.monotonic() - self.started:.0f} s", flush=True)


def run(
    what: str, argv: Sequence[str | Path], progress: Progress, *, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> list[str]:
    """Runs a command to its end and returns its last lines. Raises SetupFailed, naming `what` it was for."""
    lines: deque[str] = deque(maxlen=400)
    try:
        process = subprocess.Popen(
            argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise SetupFailed(f"{what} failed: {argv[0]} cannot be run ({error.strerror}).") from error
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        while reader.is_alive():
            reader.join(0.2)
            progress.tick(lines[-1] if lines else "")
        status = process.wait()
    except BaseException:
        _stop(process)
        raise
    if status != 0:
        raise SetupFailed(explain(what, status, list(lines), str(cwd)))
    return list(lines)


def _read(process: subprocess.Popen[str], lines: deque[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip():
            lines.append(line.rstrip())


def _stop(process: subprocess.Popen[str]) -> None:
    """Ends the command and all it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
