"""How far a transfer is, read from what git says of it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

STEP = re.compile(
    rb"(?:remote: )?(?P<stage>[A-Z][A-Za-z ]{0,60}): +(?P<percent>\d{1,3})% \(\d+/\d+\)"
    rb"(?:, (?P<size>\d+(?:\.\d+)?) (?P<unit>bytes|[KMG]iB))?"
)
UNITS = {b"bytes": 1, b"KiB": 1 << 10, b"MiB": 1 << 20, b"GiB": 1 << 30}
TAIL_BYTES = 64 << 10


@dataclass(frozen=True)
class Progress:
    """Git's word for the stage it is in, percent of that stage (0-100), and the bytes transferred so far, else 0."""

    stage: str
    percent: int
    size: int = 0


Report = Callable[[Progress], None]


def read_progress(line: bytes) -> Progress | None:
    """What one line of git's standard error says of the progress; None for a line that is about something else."""
    found = STEP.match(line)
    if found is None:
        return None
    size = round(float(found["size"]) * UNITS[found["unit"]]) if found["size"] else 0
    return Progress(found["stage"].decode(), min(100, int(found["percent"])), size)


class Listener:
    """Takes standard error piece by piece: steps go to `report`, of the rest the last 64 KiB are kept."""

    def __init__(self, report: Report | None = None) -> None:
        self._report, self._line, self._rest = report, b"", bytearray()

    def hear(self, piece: bytes) -> None:
        """Takes the next piece, which may end anywhere."""
        *lines, self._line = re.split(rb"(?<=[\r\n])", self._line + piece)
        for line in lines:
            self._take(line)
        self._line = self._line[-TAIL_BYTES:]

    def said(self) -> bytes:
        """All that was no progress."""
        return bytes(self._rest + (b"" if read_progress(self._line) else self._line))[-TAIL_BYTES:]

    def _take(self, line: bytes) -> None:
        step = read_progress(line)
        if step is None:
            self._rest += line
            if len(self._rest) > 2 * TAIL_BYTES:
                del self._rest[:-TAIL_BYTES]
        elif self._report is not None:
            self._report(step)
