"""Reading a whole `.beads/issues.jsonl`: every dialect of the beads tool, each bad line by number with its reason."""

from dataclasses import dataclass, field

from loom_app.beadfiles.jsontext import NotJson, compact, load
from loom_app.beadfiles.keys import CONFLICT_MARKERS, other_key
from loom_app.beadfiles.record import LineFault, Record, read
from loom_app.kernel.collecting import many_objects
from loom_app.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be taken and why. `line` counts from 1."""

    line: int
    reason: str
    bead_id: str = ""

    @property
    def told(self) -> str:
        """Which line, of which bead, and why."""
        whose = f" ({self.bead_id})" if self.bead_id and self.bead_id not in self.reason else ""
        return f"line {self.line}{whose} {self.reason}"


@dataclass(frozen=True, slots=True)
class Line:
    """A bead of the file with its compact text."""

    number: int
    record: Record
    text: str


@dataclass(slots=True)
class File:
    """What a file holds. `others` are lines that are no beads, by a key that tells them apart."""

    lines: list[Line] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    total: int = 0


def decode(data: bytes) -> str:
    """The text of a file, without a byte order mark. Raises Invalid when it is not UTF-8."""
    if data.startswith(b"SQLite format 3\x00"):
        raise Invalid("The file is a database. `loom beads import PATH` on the server takes it.", code="is_database")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Invalid("The file is UTF-16, not UTF-8. Save it as UTF-8 and try again.", code="not_utf8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(
            f"The file is not UTF-8: byte 0x{data[error.start]:02x} in line {line}. Save it as UTF-8 and try again.",
            code="not_utf8",
            line=line,
        ) from error


def parse(text: str) -> File:
    """Everything in `text`, good lines and bad ones apart. Blank lines, a byte order mark and CRLF do not matter."""
    with many_objects():
        return _parsed(text)


def _parsed(text: str) -> File:
    found = File()
    first_line_of: dict[str, int] = {}
    lines = text.removeprefix("\ufeff").split("\n")
    for number, raw in enumerate(lines, 1):
        stripped = raw.strip(" \t\r")
        if not stripped:
            continue
        found.total += 1
        take(found, number, stripped, first_line_of, last=number == len(lines))
    return found


def take(found: File, number: int, text: str, first_line_of: dict[str, int], *, last: bool) -> None:
    """Adds what a line that is not blank says, or why it cannot be taken, to `found`."""
    try:
        _take(found, number, text, first_line_of)
    except NotJson as error:
        cut = last and not text.endswith("}")
        found.problems.append(Problem(number, f"is cut off: {error}" if cut else f"is no JSON: {error}"))


def _take(found: File, number: int, text: str, first_line_of: dict[str, int]) -> None:
    if text.startswith(CONFLICT_MARKERS):
        found.problems.append(Problem(number, f"is a conflict marker ({text[:7]}); resolve the merge first"))
        return
    value = load(text)
    if not isinstance(value, dict):
        found.problems.append(Problem(number, "is no JSON object"))
        return
    key = other_key(value, text)
    if key:
        found.others[key] = compact(text)
        return
    bead_id = value["id"] if isinstance(value.get("id"), str) else ""
    try:
        record = read(value)
        if record.id in first_line_of:
            raise LineFault(f"repeats the id {record.id} of line {first_line_of[record.id]}")
    except LineFault as fault:
        found.problems.append(Problem(number, str(fault), bead_id))
        return
    first_line_of[record.id] = number
    found.lines.append(Line(number, record, compact(text)))
