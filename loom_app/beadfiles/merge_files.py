"""Three versions of a whole bead file made one, line by line and field by field. Pure."""

from dataclasses import dataclass, field

from loom_app.beadfiles.jsontext import NotJson, compact, load
from loom_app.beadfiles.keys import other_key
from loom_app.beadfiles.merge import Clash, merge
from loom_app.beadfiles.sheet import OTHER, bare, rewritten, rows_of

GONE = "(line)"
"""The field of a clash in which one side took a line away that the other changed."""


class NoBeadFile(ValueError):
    """A line that is no bead or other line of the format, or comes twice; the message says which."""


@dataclass(slots=True)
class MergedFile:
    """The file of both sides, and by bead what they disagree about; the file has the winners."""

    text: str
    clashes: dict[str, tuple[Clash, ...]] = field(default_factory=dict)


def merge_files(base: str, ours: str, theirs: str) -> MergedFile:
    """The files `ours` and `theirs` made one, in the layout of ours; `base` is the last both had.

    Raises NoBeadFile when one of them has a line that cannot be told apart.
    """
    was, here, there = (lines_of(text) for text in (base, ours, theirs))
    ids = {at: key for at, key in enumerate(_keys(ours)) if key}
    done = MergedFile("")
    changed: dict[str, str | None] = {}
    new: dict[str, str] = {}
    for key in dict.fromkeys([*here, *there]):
        line = _one(key, was.get(key), here.get(key), there.get(key), done)
        if key not in here and line is not None:
            new[key] = line
        elif key in here and line != here[key]:
            changed[key] = line
    done.text = rewritten(ours, ids, changed, new)
    return done


def _one(key: str, was: str | None, here: str | None, there: str | None, done: MergedFile) -> str | None:
    """The line of both; None where it is to go."""
    if here is not None and there is not None:
        merged = merge(was or "", here, there)
        if merged.clashes:
            done.clashes[key] = merged.clashes
        return merged.line
    left = there if here is None else here
    if was is None or left == was:
        return left if was is None else None
    done.clashes[key] = (Clash(GONE, "", was, here, there, "theirs" if here is None else "ours"),)
    return left


def lines_of(text: str) -> dict[str, str]:
    """The compact line of each key."""
    pairs = zip(_keys(text), rows_of(text), strict=True)
    return {key: compact(bare(row)) for key, row in pairs if key}


def _keys(text: str) -> list[str]:
    """What tells each row from the others: a bead's id, what another line has; "" for blanks."""
    found: list[str] = []
    seen: set[str] = set()
    for number, row in enumerate(rows_of(text), 1):
        key = _key(bare(row), number)
        if key and key in seen:
            raise NoBeadFile(f"line {number} repeats {key}")
        found.append(key)
        seen.add(key)
    return found


def _key(text: str, number: int) -> str:
    if not text:
        return ""
    try:
        value = load(text)
    except NotJson as error:
        raise NoBeadFile(f"line {number} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise NoBeadFile(f"line {number} is no JSON object")
    other = other_key(value, text)
    bead_id = value.get("id")
    if not other and not (isinstance(bead_id, str) and bead_id):
        raise NoBeadFile(f"line {number} has no id")
    return f"{OTHER}{other}" if other else str(bead_id)
