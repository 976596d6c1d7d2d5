"""What changed in a bead file, taken into Loom: merged bead by bead, nothing dropped. All in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beadfiles import bases, conflicts, storage
from loom_app.beadfiles.interchange import MOST_TOLD, without
from loom_app.beadfiles.jsonl import Line, Problem
from loom_app.beadfiles.jsontext import compact, load, members
from loom_app.beadfiles.knots import untied
from loom_app.beadfiles.line import write
from loom_app.beadfiles.merge import Clash, merge
from loom_app.beadfiles.merge_files import GONE
from loom_app.beadfiles.reading import Reading, read_rows
from loom_app.beadfiles.record import Record, read
from loom_app.beads import service as beads
from loom_app.beads.models import TOMBSTONE, Bead
from loom_app.beads.tables import chunks
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Invalid

WHY = "Taken over from the bead file"
MOST_GONE = 50
"""A file that lacks more lines than that, and half of what it had, is taken for damaged."""


@dataclass(slots=True)
class Taken:
    """What reading a file did. `reading` says which bead each of its rows is of."""

    reading: Reading
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    clashes: dict[str, list[Clash]] = field(default_factory=dict)
    conflicts: int = 0
    """How many of the clashes are new."""
    gone: bool = False
    """Whether a bead's line is no more."""


@dataclass(slots=True)
class _Work:
    """The lines to be stored, by what the file says of them, and what Loom has."""

    new: list[Line] = field(default_factory=list)
    changed: list[Line] = field(default_factory=list)
    agreed: set[str] = field(default_factory=set)
    """The beads for which the merged line is the file's."""


async def take_in(tx: AsyncSession, project_id: str, text: str, *, actor: Actor, accept: bool = False) -> Taken:
    """Merges what `text` says that it did not say the last time into the project's beads.

    Raises Invalid, and nothing is changed, when most of the file is gone, unless `accept`.
    """
    await storage.hold(tx, project_id)
    known = await bases.lines(tx, project_id)
    reading = read_rows(text, {line: bead_id for bead_id, line in known.items() if line})
    taken = Taken(reading)
    if not accept:
        _refuse_damaged(known, reading)
    work = await _merged(tx, project_id, known, taken, actor)
    await _untie(tx, project_id, work, taken)
    await store(tx, project_id, work.changed, new=work.new, actor=actor, why=WHY)
    await _remember(tx, project_id, work, taken)
    await _miss(tx, project_id, known, taken, actor)
    await storage.keep_other_lines(tx, project_id, reading.file.others, whole=True)
    taken.conflicts = await conflicts.keep(tx, project_id, taken.clashes)
    taken.created = [line.record.id for line in work.new]
    taken.updated = [line.record.id for line in work.changed]
    if taken.created or taken.updated:
        data = {
            "created": len(taken.created), "updated": len(taken.updated), "source": "file",
            "ids": [*taken.created, *taken.updated][:MOST_TOLD],
        }  # fmt: skip
        append(tx, "bead.imported", actor=actor, project_id=project_id, subject_id=project_id, data=data)
    return taken


async def store(
    tx: AsyncSession, project_id: str, changed: list[Line], *, new: Iterable[Line] = (), actor: Actor, why: str
) -> None:
    """Makes the beads of `changed` what their lines say and adds those of `new`; dependencies elsewhere stay."""
    own = replace(actor, projects=frozenset({project_id}))
    new = list(new)
    targets = (link.depends_on_id for line in (*changed, *new) for link in line.record.links)
    hidden = await beads.hidden_among(tx, targets, own)
    new, changed = ([replace(line, record=without(line.record, hidden)) for line in lines] for lines in (new, changed))
    await storage.insert_beads(tx, project_id, new)
    async with beads.importing(tx, [line.record.id for line in changed], actor, why):
        stood_on = await storage.forget(tx, changed, own)
        for start in range(0, len(changed), storage.BATCH):
            await storage.update_beads(tx, project_id, changed[start : start + storage.BATCH])
        await storage.insert_dependencies(tx, [*new, *changed])
    await storage.keep_comments(tx, [*new, *changed], whole=True)
    await storage.insert_sources(tx, [*new, *changed])
    stand_on = {link.depends_on_id for line in (*new, *changed) for link in line.record.links}
    await beads.settle(tx, stood_on | stand_on | {line.record.id for line in (*new, *changed)}, actor)


async def ours(tx: AsyncSession, project_id: str, bead_ids: Iterable[str], actor: Actor) -> dict[str, str]:
    """The lines Loom would write for these beads; of dependencies elsewhere it says what the file said."""
    own = replace(actor, projects=frozenset({project_id}))
    records: list[Record] = []
    sources: dict[str, str] = {}
    for chunk in chunks(bead_ids):
        those = (col(Bead.project_id) == project_id) & col(Bead.id).in_(chunk)
        records += await storage.records_where(tx, those)
        sources |= await storage.sources_where(tx, those)
    hidden = await beads.hidden_among(tx, (link.depends_on_id for one in records for link in one.links), own)
    named = {one.id: read(load(sources[one.id])).links for one in records if one.id in sources}
    hidden |= await beads.hidden_among(tx, (link.depends_on_id for links in named.values() for link in links), own)
    return {one.id: write(without(one, hidden, named.get(one.id, ())), sources.get(one.id, "")) for one in records}


async def _merged(tx: AsyncSession, project_id: str, known: Mapping[str, str], taken: Taken, actor: Actor) -> _Work:
    """Every new or changed line beside what Loom has and what both last had."""
    file, work = taken.reading.file, _Work()
    there = await storage.versions(tx, (line.record.id for line in file.lines))
    own = [bead_id for bead_id, row in there.items() if row.project_id == project_id]
    here = await ours(tx, project_id, own, actor)
    for line in file.lines:
        bead_id = line.record.id
        if bead_id not in there:
            work.new.append(line)
        elif bead_id not in here:
            file.problems.append(Problem(line.number, "is a bead of another project already", bead_id))
            continue
        else:
            base = compact(known.get(bead_id, "")) or there[bead_id].line or ""
            done = merge(base, here[bead_id], line.text)
            taken.clashes[bead_id] = list(done.clashes)
            work.changed += [_of(done.line, line.number)] if done.line != here[bead_id] else []
            if done.line != line.text:
                continue
        work.agreed.add(bead_id)
    return work


def _of(text: str, number: int) -> Line:
    return Line(number, read(load(text)), text)


async def _untie(tx: AsyncSession, project_id: str, work: _Work, taken: Taken) -> None:
    """Leaves the dependencies out that would close a cycle with those there are, as clashes."""
    loose = untied(await storage.edges(tx, project_id), [*work.new, *work.changed])
    for lines in (work.new, work.changed):
        lines[:] = [loose[line.record.id][0] if line.record.id in loose else line for line in lines]
    for bead_id, (_, cut) in loose.items():
        taken.clashes.setdefault(bead_id, []).extend(cut)
        work.agreed.discard(bead_id)


async def _remember(tx: AsyncSession, project_id: str, work: _Work, taken: Taken) -> None:
    """Keeps the lines that were read as the last ones both had."""
    texts = taken.reading.texts
    moments = await storage.moments(tx, texts)
    await bases.keep(
        tx, project_id,
        {
            bead_id: (text, moments[bead_id] if bead_id in work.agreed else None)
            for bead_id, text in texts.items() if bead_id in moments and bead_id not in taken.reading.aside
        },
    )  # fmt: skip


async def _miss(tx: AsyncSession, project_id: str, known: Mapping[str, str], taken: Taken, actor: Actor) -> None:
    """Asks about the beads whose line is gone: that may mean they were deleted, or that somebody lost it."""
    present = taken.reading.present
    await conflicts.came_back(tx, project_id, [one for one, line in known.items() if not line and one in present])
    gone = [bead_id for bead_id, line in known.items() if line and bead_id not in present]
    lines = await ours(tx, project_id, gone, actor)
    taken.gone = bool(gone)
    moments = await storage.moments(tx, gone)
    await bases.keep(tx, project_id, {bead_id: ("", moments[bead_id]) for bead_id in lines})
    await bases.forget(tx, project_id, [bead_id for bead_id in gone if bead_id not in lines])
    for bead_id, line in lines.items():
        if load(members(line).get("status", '""')) != TOMBSTONE:
            clash = Clash(GONE, "", known[bead_id], line, None, "ours")
            taken.clashes.setdefault(bead_id, []).append(clash)


def _refuse_damaged(known: Mapping[str, str], reading: Reading) -> None:
    """Raises Invalid for a file that lacks most of what it had: nobody deletes so much at once."""
    had = [bead_id for bead_id, line in known.items() if line]
    gone = len(set(had) - reading.present)
    if gone > MOST_GONE and gone * 2 > len(had):
        raise Invalid(
            f"The file lacks {gone} of the {len(had)} beads it had, so it is taken for damaged and left alone. "
            "Put it back from git, or set the project's bead file to off and on again to read it as it is.",
            code="bead_file_damaged",
        )
