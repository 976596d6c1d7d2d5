"""One program kept alive: started, watched, restarted with growing patience, stopped when asked."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from loom_app.kernel.clock import now, rfc3339
from loom_app.supervisor.output import Lines
from loom_app.supervisor.program import Program
from loom_app.supervisor.status import ProcessStatus, State
from loom_app.supervisor.tether import die_with

FIRST_WAIT = 0.2
LONGEST_WAIT = 10.0
SECONDS_THAT_FORGIVE = 30.0
"""A program that lived this long starts again at once when it dies."""
START_PATIENCE = 20.0
"""How long a program waits at first for those it comes after; later it copes without them."""
CHECK_SECONDS = 0.1
SWITCH_SECONDS = 0.5
DRAIN_SECONDS = 1.0

Heard = Callable[[str, bytes], None]


class Child:
    """Runs one program for as long as it is wanted. `changed` is called at each change of `status`."""

    def __init__(self, program: Program, *, cwd: Path, heard: Heard, changed: Callable[[], None]) -> None:
        self.program = program
        self.status = ProcessStatus(program.name)
        self.is_ready = asyncio.Event()
        self._cwd = cwd
        self._heard = heard
        self._changed = changed
        self._wait = FIRST_WAIT
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, after: Sequence[asyncio.Event] = ()) -> None:
        """Keeps the program alive until `stop`; first gives the events of `after` some time to happen."""
        await self._first(after)
        while not self._stopping.is_set():
            command = self.program.command()
            if not command:
                self._set(State.STOPPED)
                await self._pause(SWITCH_SECONDS)
                continue
            started = time.monotonic()
            ended = await self._live(command)
            if not self._stopping.is_set():
                await self._rest(ended, time.monotonic() - started)
        self._set(State.STOPPED)

    async def stop(self) -> None:
        """Asks the program to end, kills it when it does not within its time, and leaves nothing of its group."""
        self._stopping.set()
        process = self._process
        if process is not None:
            await self._end(process)

    def kill(self) -> None:
        """Ends the program and its group at once."""
        self._stopping.set()
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)

    async def _live(self, command: tuple[str, ...]) -> str:
        """One life of the program, from start to end. Returns how it ended, empty when it was switched off."""
        try:
            process, printed = await self._start(command)
        except OSError as error:
            self.status.last_exit = f"{command[0]}: {error.strerror or error}"
            return f"cannot be started ({self.status.last_exit})"
        self._process = process
        self._set(State.STARTING, pid=process.pid, started_at=rfc3339(now()))
        listening = asyncio.create_task(self._listen(printed))
        watching = [
            asyncio.create_task(self._become_ready(process)),
            asyncio.create_task(self._watch_switch(process, command)),
        ]
        status = await process.wait()
        _signal_group(process.pid, signal.SIGKILL)
        for task in watching:
            task.cancel()
        switched_off = command != self.program.command()
        await asyncio.gather(*watching, return_exceptions=True)
        await asyncio.wait([listening], timeout=DRAIN_SECONDS)
        listening.cancel()
        self._process = None
        self.is_ready.clear()
        self.status.last_exit = f"signal {-status}" if status < 0 else f"status {status}"
        return "" if switched_off else f"died ({self.status.last_exit})"

    async def _start(self, command: tuple[str, ...]) -> tuple[asyncio.subprocess.Process, BinaryIO]:
        """Starts the process. With a pipe of asyncio's, `wait` would wait for its heirs too."""
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self._cwd,
                env=self.program.environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(die_with, os.getpid()),
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        return process, os.fdopen(reading, "rb", buffering=0)

    async def _first(self, events: Sequence[asyncio.Event]) -> None:
        async def happen() -> None:
            for event in events:
                await event.wait()

        stopping = asyncio.create_task(self._stopping.wait())
        happening = asyncio.create_task(happen())
        await asyncio.wait([stopping, happening], timeout=START_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        happening.cancel()

    async def _rest(self, ended: str, lived: float) -> None:
        """Waits before the next life; the longer, the more often it died young."""
        if not ended:
            self._set(State.STOPPED, pid=None)
            return
        if lived >= SECONDS_THAT_FORGIVE:
            self._wait = FIRST_WAIT
        self.status.restarts += 1
        self._set(State.RESTARTING, pid=None)
        self._heard("loom", f"{self.program.name} {ended}, restarting in {self._wait:.1f} s".encode())
        await self._pause(self._wait)
        self._wait = min(self._wait * 2, LONGEST_WAIT)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _become_ready(self, process: asyncio.subprocess.Process) -> None:
        while self.program.ready is not None and not await self.program.ready():  # noqa: ASYNC110 - it is not ours
            await asyncio.sleep(CHECK_SECONDS)
        if process.returncode is None:
            self._set(State.RUNNING)
            self.is_ready.set()
            if self.program.once_ready:
                await self._run_once(self.program.once_ready)

    async def _run_once(self, command: tuple[str, ...]) -> None:
        process, printed = await self._start(command)
        listening = asyncio.create_task(self._listen(printed))
        try:
            status = await process.wait()
        finally:
            _signal_group(process.pid, signal.SIGKILL)
            await asyncio.wait([listening], timeout=DRAIN_SECONDS)
            listening.cancel()
        if status != 0:
            self._heard(
                "loom", f"after the start of {self.program.name}, {' '.join(command)} failed ({status})".encode()
            )

    async def _watch_switch(self, process: asyncio.subprocess.Process, command: tuple[str, ...]) -> None:
        """Ends the process when the file that switches it on is gone or says something else."""
        while self.program.switch is not None and self.program.command() == command:  # noqa: ASYNC110 - not our file
            await asyncio.sleep(SWITCH_SECONDS)
        if self.program.switch is not None:
            await self._end(process)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        _signal(process, signal.SIGTERM)
        try:
            async with asyncio.timeout(self.program.stop_seconds):
                await process.wait()
        except TimeoutError:
            self._heard(
                "loom", f"{self.program.name} did not stop in {self.program.stop_seconds:g} s, killing it".encode()
            )
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()

    async def _listen(self, printed: BinaryIO) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, printed)
        lines = Lines()
        try:
            while chunk := await reader.read(65_536):
                for line in lines.feed(chunk):
                    self._heard(self.program.name, line)
        finally:
            transport.close()
            for line in lines.feed(b""):
                self._heard(self.program.name, line)

    def _set(self, state: State, **fields: object) -> None:
        before = (self.status.state, self.status.pid)
        self.status.state = state
        for name, value in fields.items():
            setattr(self.status, name, value)
        if state is State.STOPPED:
            self.status.pid = None
        if before != (self.status.state, self.status.pid):
            self._changed()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
