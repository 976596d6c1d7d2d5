"""A bead file as rows whose bytes stay as they are unless a row is replaced, dropped or added. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping

from loom_app.beadfiles.keys import SCHEMA

BLANK = " \t\r\ufeff"
"""What may stand around a row's JSON."""
OTHER = "\0"
"""How the keys of rows begin that are no beads."""


def rows_of(text: str) -> list[str]:
    """The rows of a file as they stand; `"\\n".join` of them is the file again."""
    return text.split("\n")


def bare(row: str) -> str:
    """The JSON of a row."""
    return row.strip(BLANK)


def rewritten(text: str, ids: Mapping[int, str], changed: Mapping[str, str | None], new: Mapping[str, str]) -> str:
    """`text` with the rows of `changed` beads replaced, or dropped where None, and those of `new` beads added.

    `ids` names the bead of each row by its index. In a file that is in order of id a new row goes to its place,
    else to the end. Every other row keeps its bytes.
    """
    rows = rows_of(text)
    ending = "\r" if rows[0].endswith("\r") else ""
    kept = [(ids.get(at, ""), _replaced(row, ids.get(at, ""), changed)) for at, row in enumerate(rows)]
    found = [(bead_id, row) for bead_id, row in kept if row is not None]
    if not found or (new and bare(found[-1][1])):
        found.append(("", ""))
    added = _places([bead_id for bead_id, _ in found], new)
    whole = []
    for at, (_, row) in enumerate(found):
        whole += [f"{new[bead_id]}{ending}" for bead_id in added[at]]
        whole.append(row)
    return "\n".join(whole)


def fresh(lines: Mapping[str, str], others: Mapping[str, str]) -> str:
    """A new file: the schema mark, the beads in order of id, then the other lines."""
    head = [others[SCHEMA]] if SCHEMA in others else []
    tail = [line for key, line in sorted(others.items()) if key != SCHEMA]
    return "".join(f"{line}\n" for line in [*head, *(lines[bead_id] for bead_id in sorted(lines)), *tail])


def _replaced(row: str, bead_id: str, changed: Mapping[str, str | None]) -> str | None:
    """The row, with another line where its bead changed; what stands around it is kept."""
    if bead_id not in changed:
        return row
    line = changed[bead_id]
    return None if line is None else row.replace(bare(row), line, 1)


def _places(ids: list[str], new: Mapping[str, str]) -> defaultdict[int, list[str]]:
    """Before which row each new bead goes."""
    beads = [(bead_id, at) for at, bead_id in enumerate(ids) if bead_id and not bead_id.startswith(OTHER)]
    names = [bead_id for bead_id, _ in beads]
    in_order = names == sorted(names)
    end = beads[-1][1] + 1 if beads else max(len(ids) - 1, 0)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for bead_id in sorted(new):
        at = bisect_right(names, bead_id) if in_order and not bead_id.startswith(OTHER) else len(beads)
        found[beads[at][1] if at < len(beads) else end].append(bead_id)
    return found
