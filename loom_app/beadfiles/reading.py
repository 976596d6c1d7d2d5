"""What a bead file says that it did not say before: only rows with another text are looked at. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loom_app.beadfiles.jsonl import File, take
from loom_app.beadfiles.sheet import bare, rows_of


@dataclass(slots=True)
class Reading:
    """A file beside the lines last known of it. `ids` names the bead of each good row by its index."""

    ids: dict[int, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """The text of each row that is new or changed, by bead."""
    file: File = field(default_factory=File)
    """Those rows parsed, and the problems; line numbers count from 1."""

    @property
    def present(self) -> set[str]:
        """Every bead the file has a line of, be it one that cannot be read."""
        return {*self.ids.values(), *self.aside}

    @property
    def aside(self) -> set[str]:
        """The beads whose line cannot be read; it stands for them until it is mended."""
        return {problem.bead_id for problem in self.file.problems if problem.bead_id} - set(self.ids.values())


def read_rows(text: str, known: Mapping[str, str]) -> Reading:
    """`text` beside `known`, the beads by the text of their lines."""
    found = Reading()
    first_line_of: dict[str, int] = {}
    rows = rows_of(text)
    for at, row in enumerate(rows):
        inner = bare(row)
        if not inner:
            continue
        found.file.total += 1
        bead_id = known.get(inner, "")
        if bead_id and bead_id not in first_line_of:
            first_line_of[bead_id] = at + 1
            found.ids[at] = bead_id
            continue
        before = len(found.file.lines)
        take(found.file, at + 1, inner, first_line_of, last=at + 1 == len(rows))
        if len(found.file.lines) > before:
            found.ids[at] = found.file.lines[-1].record.id
            found.texts[found.ids[at]] = inner
    return found
