"""One started command from its first to its last process."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loom_app.kernel.errors import Unavailable
from loom_app.kernel.log import get_logger
from loom_app.sandbox.bubblewrap import SYSTEM_PATH, setup_failure
from loom_app.sandbox.outcome import CommandLimits, Ending
from loom_app.sandbox.output import Capture
from loom_app.sandbox.watch import Finding, Watch, cpu_detail, end_strays

MAX_STOP_SECONDS = 10.0
log = get_logger(__name__)
_KEPT_REPORT = 4096


@dataclass(frozen=True)
class Pipes:
    """The numbers of the descriptors on which the keeper and bubblewrap speak to us."""

    control: int
    status: int
    information: int


@dataclass(frozen=True)
class Launch:
    """How to start: the argument vector and the descriptors it is given.

    Its processes are held by a PID namespace or, if not, can be found by `mark`, a variable in their environment.
    """

    argv: list[str]
    cwd: Path
    fds: Sequence[int]
    mark: str | None = None


class Running:
    """A command with its pipes and its watcher. Use `start`, then `ended`, and `stop` in any case."""

    def __init__(self, limits: CommandLimits, root: Path) -> None:
        self._limits, self._root = limits, root
        self._loop = asyncio.get_running_loop()
        self._verdict: asyncio.Future[Finding] = self._loop.create_future()
        self._process: asyncio.subprocess.Process | None = None
        self._watch: Watch | None = None
        self._first: int | None = None
        self._mark: str | None = None
        self._lifeline = ExitStack()
        self.out, self.err = self._stream(), self._stream()
        self._status, self._information = Capture(_KEPT_REPORT, _KEPT_REPORT), Capture(_KEPT_REPORT, _KEPT_REPORT)

    async def start(self, launch: Callable[[Pipes, ExitStack], Launch]) -> None:
        """Start what `launch` makes of the pipes; what it puts on its stack is closed once the command has started."""
        with ExitStack() as ours:
            out, err, status, information = [
                await self._writer(capture, ours) for capture in (self.out, self.err, self._status, self._information)
            ]
            control, lifeline = os.pipe()
            ours.callback(os.close, control)
            self._lifeline.callback(os.close, lifeline)
            plan = launch(Pipes(control, status, information), ours)
            self._mark = plan.mark
            self._process = await _spawn(plan, out, err)
        if self._mark is None:
            self._first = await self._first_process()
        self._watch = Watch(self._process.pid, 2 if self._mark is None else 0, self._limits, self._root, self._found)
        self._watch.start()

    async def ended(self) -> Ending:
        """Wait until the command has ended or passed a limit. Raises Unavailable if its sandbox could not be made."""
        assert self._process is not None
        exited = asyncio.ensure_future(self._process.wait())
        try:
            either: set[asyncio.Future[Any]] = {exited, self._verdict}
            seconds = self._limits.wall_seconds
            done, _ = await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            exited.cancel()
        if not done:
            self._judge(("timeout", f"did not end within {self._limits.wall_seconds:g} s"))
        if self._verdict.done():
            return Ending(self._verdict.result()[0], signal=int(signal.SIGKILL), detail=self._verdict.result()[1])
        return await self._own_end()

    async def stop(self) -> None:
        """End every process of the command that is left, wait until they are gone, and close everything."""
        if self._watch:
            self._watch.stop()
        self._lifeline.close()
        if self._process:
            await (self._stop_plain(self._process, self._mark) if self._mark else self._stop_confined(self._process))
        for capture in (self.out, self.err, self._status, self._information):
            await capture.end(MAX_STOP_SECONDS)

    def _stream(self) -> Capture:
        return Capture(self._limits.output_bytes, self._limits.flood_bytes, lambda: self._judge(("output", "")))

    async def _writer(self, capture: Capture, stack: ExitStack) -> int:
        reader, writer = os.pipe()
        stack.callback(os.close, writer)
        await self._loop.connect_read_pipe(lambda: capture, os.fdopen(reader, "rb", buffering=0))
        return writer

    async def _first_process(self) -> int | None:
        """A descriptor of the namespace's process 1: when that is gone, the kernel has ended all the others."""
        await self._information.end(MAX_STOP_SECONDS)
        with suppress(ValueError, KeyError, ProcessLookupError):
            return os.pidfd_open(json.loads(self._information.text)["child-pid"])
        return None

    async def _own_end(self) -> Ending:
        await self._status.end(MAX_STOP_SECONDS)
        report = _reported(self._status.text)
        if "error" in report:
            return Ending("not_found", errno=report["error"])
        if not report and self._mark is None and (complaint := setup_failure(self.err.text)):
            raise Unavailable(f"The sandbox for the command could not be made: {complaint}.", code="sandbox_failed")
        if report.get("signal") == signal.SIGXCPU:
            return Ending("timeout", signal=int(signal.SIGXCPU), detail=cpu_detail(self._limits))
        if "exit" in report:
            return Ending("exited", exit_code=report["exit"])
        return Ending("exited", signal=report.get("signal", int(signal.SIGKILL)))

    async def _stop_confined(self, process: asyncio.subprocess.Process) -> None:
        if self._first is None:
            _kill(process)
            await process.wait()
            return
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
        gone = asyncio.Event()
        self._loop.add_reader(self._first, gone.set)
        try:
            async with asyncio.timeout(MAX_STOP_SECONDS):
                await gone.wait()
        except TimeoutError:
            log.warning("sandbox_outlives_kill", pid=process.pid)
        finally:
            self._loop.remove_reader(self._first)
            os.close(self._first)
            self._first = None
        await process.wait()

    async def _stop_plain(self, process: asyncio.subprocess.Process, mark: str) -> None:
        try:
            async with asyncio.timeout(MAX_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            _kill(process)
            await process.wait()
        if self._status.total == 0 and self._watch:
            # The keeper was killed, by the command or by us, before it could end what was below it.
            await asyncio.to_thread(end_strays, mark, self._watch.seen)

    def _found(self, finding: Finding) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._judge, finding)

    def _judge(self, finding: Finding) -> None:
        if not self._verdict.done():
            self._verdict.set_result(finding)


def _reported(text: str) -> dict[str, int]:
    """What the keeper wrote; the first of two lines counts, and what it did not write does not."""
    report: dict[str, int] = {}
    for line in text.splitlines():
        with suppress(ValueError):
            said = json.loads(line)
            known = said.items() if isinstance(said, dict) else ()
            report = {name: value for name, value in known if isinstance(value, int)} | report
    return report


async def _spawn(plan: Launch, out: int, err: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        # When memory runs out, the kernel shall take commands before it takes Loom.
        'echo 1000 2>/dev/null >/proc/self/oom_score_adj; exec "$@"',
        "sh",
        *plan.argv,
        cwd=plan.cwd,
        env={"PATH": SYSTEM_PATH},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
        pass_fds=plan.fds,
    )


def _kill(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
