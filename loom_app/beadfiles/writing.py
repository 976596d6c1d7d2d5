"""What Loom knows and a bead file does not say yet: the file's new text, and what that agrees on once it is there."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beadfiles import bases, conflicts, storage
from loom_app.beadfiles.jsontext import compact, members
from loom_app.beadfiles.reading import Reading
from loom_app.beadfiles.sheet import bare, fresh, rewritten, rows_of
from loom_app.beadfiles.taking import ours
from loom_app.kernel.actor import Actor

BURIED, CLOSED = '"tombstone"', '"closed"'
VERBS = {CLOSED: "close", BURIED: "delete", '"in_progress"': "start", '"blocked"': "block"}
MOST_SUBJECT, MOST_NAMED, MOST_LISTED = 65, 3, 50


@dataclass(slots=True)
class Draft:
    """A file to be written. `agreed` is what it says of each bead, and the bead's updated_at that says so."""

    text: str
    agreed: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    was: dict[str, str] = field(default_factory=dict)
    """The rows that are replaced or dropped, by bead."""
    new: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str | None] = field(default_factory=dict)
    """The new rows of beads; None where the bead is another project's by now."""


async def draft(tx: AsyncSession, project_id: str, text: str | None, reading: Reading, *, actor: Actor) -> Draft:
    """The file as Loom would have it. Rows of beads that have not changed here keep their bytes.

    A bead whose line cannot be read or whose absence is being asked about is left as it is.
    """
    behind = await bases.unwritten(tx, project_id)
    asked = reading.aside | await conflicts.missing(tx, project_id)
    wanted = await ours(tx, project_id, (one for one in behind if one not in asked), actor)
    rows = rows_of(text or "")
    there = {bead_id: bare(rows[at]) for at, bead_id in reading.ids.items()}
    done = Draft(text or "")
    for bead_id, line in wanted.items():
        _place(done, bead_id, line, there.get(bead_id), behind[bead_id])
    for bead_id, line in (await bases.moved_away(tx, project_id)).items():
        if there.get(bead_id) in (line, None):
            done.changed[bead_id] = None
    done.was = {bead_id: there[bead_id] for bead_id in done.changed if bead_id in there}
    if text is None:
        done.text = fresh(done.new, await storage.other_lines(tx, project_id)) if done.new else ""
    elif done.changed or done.new:
        done.text = rewritten(text, reading.ids, done.changed, done.new)
    return done


def _place(done: Draft, bead_id: str, line: str, there: str | None, moment: datetime) -> None:
    """Puts one line into the draft. A deleted bead that the file does not have needs none."""
    if there is None and members(line).get("status") == BURIED:
        done.agreed[bead_id] = ("", moment)
    elif there is not None and compact(there) == line:
        done.agreed[bead_id] = (there, moment)
    else:
        done.agreed[bead_id] = (line, moment)
        (done.new if there is None else done.changed)[bead_id] = line


async def agree(tx: AsyncSession, project_id: str, done: Draft) -> None:
    """Remembers what a file that is written, and proven to be, has in common with Loom."""
    await bases.keep(tx, project_id, done.agreed)
    await bases.forget(tx, project_id, [bead_id for bead_id, line in done.changed.items() if line is None])


def message(done: Draft, project_id: str) -> str:
    """The message of the commit: what became of which bead."""
    told: dict[str, list[str]] = {}
    for bead_id in sorted(done.new | done.changed):
        line = done.new.get(bead_id) or done.changed.get(bead_id)
        told.setdefault(_verb(done.was.get(bead_id), line), []).append(bead_id)
    subject = "; ".join(f"{verb} {_some(ids, MOST_NAMED)}" for verb, ids in told.items())
    if len(subject) > MOST_SUBJECT:
        subject = ", ".join(f"{verb} {_many(len(ids))}" for verb, ids in told.items())
    body = "\n".join(f"{verb} {_some(ids, MOST_LISTED)}" for verb, ids in told.items())
    return f"Beads: {subject}\n\n{body}\n\nProject: {project_id}\n"


def _verb(was: str | None, line: str | None) -> str:
    if line is None:
        return "move away"
    if was is None:
        return "add"
    before, after = (members(compact(text)).get("status") for text in (was, line))
    return VERBS.get(after or "", "reopen" if before == CLOSED else "change") if before != after else "change"


def _some(ids: list[str], most: int) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more


def _many(count: int) -> str:
    return "1 bead" if count == 1 else f"{count} beads"
