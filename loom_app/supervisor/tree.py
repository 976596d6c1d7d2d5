"""All programs together: started in order, kept alive, stopped in order, their state on disk for others to see."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.redaction import scrub
from loom_app.supervisor import status
from loom_app.supervisor.child import Child
from loom_app.supervisor.output import Console, LogFile
from loom_app.supervisor.program import Program


class Tree:
    """The programs that use one data directory."""

    def __init__(self, programs: Sequence[Program], *, data_dir: Path, cwd: Path, console: Console) -> None:
        self._data_dir = data_dir
        self._console = console
        self._logs: dict[str, LogFile] = {}
        self._disk_full = False
        self.children = {
            program.name: Child(program, cwd=cwd, heard=self.heard, changed=self._save) for program in programs
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Keeps everything alive until `stop` is set, then ends it, turn by turn."""
        self._save()
        running = []
        for child in self.children.values():
            after = [self.children[name].is_ready for name in child.program.after]
            running.append(asyncio.create_task(child.run(after)))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        await self._stop()
        await asyncio.gather(*running)

    def kill(self) -> None:
        """Ends everything at once."""
        for child in self.children.values():
            child.kill()

    def say(self, line: str) -> None:
        """Tells the person and loom.log."""
        self.heard("loom", line.encode())

    def heard(self, name: str, line: bytes) -> None:
        """Takes one line that the program `name` printed to the console and to its log file, secrets left out."""
        said = scrub(line.decode(errors="replace"))
        self._console.say(name, said)
        log = self._logs.setdefault(name, LogFile(self._data_dir / "logs" / f"{name}.log"))
        stamp = f"{rfc3339(now())} " if name == "loom" else ""
        self._note_disk(written=log.append((stamp + said).encode()))

    def _note_disk(self, *, written: bool) -> None:
        if self._disk_full == written:
            self._disk_full = not written
            said = "log files cannot be written" if self._disk_full else "log files are written again"
            self._console.say("loom", f"{said} in {self._data_dir}; is its disk full?" if self._disk_full else said)

    async def _stop(self) -> None:
        turns = sorted(self.children.values(), key=lambda child: child.program.stop_turn)
        for _, turn in groupby(turns, key=lambda child: child.program.stop_turn):
            await asyncio.gather(*(child.stop() for child in turn))

    def _save(self) -> None:
        try:
            status.write(self._data_dir, [child.status for child in self.children.values()])
        except OSError as error:
            self._console.say("loom", f"the state of the programs cannot be written: {error}")
