"""What programs print: to the console behind their name, and to a log file each that cannot grow without end."""

import io
import queue
import sys
import threading
from pathlib import Path
from typing import BinaryIO

FILE_BYTES = 10_000_000
FILES_KEPT = 3
LINE_BYTES = 64_000
WAITING_LINES = 5_000


class Console:
    """Writes to stdout from a thread of its own, so that a terminal that stands still holds nobody up."""

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._thread = threading.Thread(target=self._write, name="console", daemon=True)
        self._thread.start()

    def say(self, name: str, line: str) -> None:
        """Shows a line of the program `name`; drops it while nobody reads what waits already."""
        try:
            self._lines.put_nowait(f"{name:<8} | {line}\n" if name else f"{line}\n")
        except queue.Full:
            return

    def close(self) -> None:
        """Waits, for a moment, until what was said is out."""
        try:
            self._lines.put(None, timeout=1)
        except queue.Full:
            return
        self._thread.join(1)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                sys.stdout.write(line)
                sys.stdout.flush()
            except (OSError, ValueError):
                return


class LogFile:
    """Appends to one file; when it is full, keeps it as `.1`, that as `.2`, and lets the oldest go."""

    def __init__(self, path: Path, *, limit: int = FILE_BYTES, kept: int = FILES_KEPT) -> None:
        self.path = path
        self._limit = limit
        self._kept = kept
        self._file: BinaryIO | None = None

    def append(self, line: bytes) -> bool:
        """Writes one line. False when the disk does not take it; the line is lost then, the program is not."""
        try:
            file = self._open()
            file.write(line + b"\n")
            file.flush()
            if file.tell() > self._limit:
                self._rotate()
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Lets go of the file."""
        file, self._file = self._file, None
        if file:
            try:
                file.close()
            except OSError:
                return

    def _open(self) -> BinaryIO:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        return self._file

    def _rotate(self) -> None:
        self.close()
        for number in range(self._kept - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


class Lines:
    """Cuts a stream of bytes into lines, the overlong ones too."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes. An empty chunk ends the stream and completes the last one."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if self._rest and (not chunk or len(self._rest) > LINE_BYTES):
            lines.append(self._rest)
            self._rest = b""
        return [line.rstrip(b"\r") for line in lines]
