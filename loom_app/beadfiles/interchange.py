"""Beads in from a JSONL file and out to one: all or nothing, the newer version wins, nothing is lost."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beadfiles import storage
from loom_app.beadfiles.joining import differing, joined, same_age
from loom_app.beadfiles.jsonl import File, Line, Problem, parse
from loom_app.beadfiles.jsontext import load
from loom_app.beadfiles.line import write
from loom_app.beadfiles.record import Link, Record, read
from loom_app.beadfiles.sheet import fresh
from loom_app.beads import service as beads
from loom_app.beads.cycles import find_cycles
from loom_app.beads.dependencies import EXTERNAL
from loom_app.beads.graph import BLOCKING_TYPES, PARENT_CHILD, WAITING_TYPES, Edge
from loom_app.beads.models import Bead
from loom_app.beads.tables import chunks
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.collecting import many_objects
from loom_app.kernel.errors import Invalid
from loom_app.kernel.scope import within
from loom_app.kernel.textindex import in_bulk
from loom_app.projects import service as projects

MOST_TOLD = 50
"""How many problems, notes and ids a report or event names; the counts are whole."""
Progress = Callable[[int, int], None]


class ImportRefused(Invalid):
    """The file has bad lines and nothing was changed. `extra["problems"]` names the first of them."""

    code = "import_refused"


@dataclass(slots=True)
class ImportReport:
    """What an import did (or, tried dry, would do). `stale` beads are newer in Loom and were left alone."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: list[str] = field(default_factory=list)
    skipped: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dry_run: bool = False

    def as_json(self) -> dict[str, Any]:
        """The report as the API shows it, long lists cut."""
        whole = asdict(self)
        lists = {name: whole[name][:MOST_TOLD] for name in ("stale", "problems", "notes")}
        return {**whole, **lists, "stale_count": len(self.stale), "problem_count": len(self.problems)}


@dataclass(slots=True)
class _Plan:
    """What is to be done with each good line."""

    new: list[Line] = field(default_factory=list)
    newer: list[Line] = field(default_factory=list)

    @property
    def written(self) -> list[Line]:
        return [*self.new, *self.newer]

    def drop(self, bead_ids: set[str]) -> list[Line]:
        """Takes the lines of `bead_ids` out and answers them."""
        gone = [line for line in self.written if line.record.id in bead_ids]
        self.new = [line for line in self.new if line.record.id not in bead_ids]
        self.newer = [line for line in self.newer if line.record.id not in bead_ids]
        return gone


async def import_text(
    tx: AsyncSession, project_id: str, text: str, *, actor: Actor, skip_invalid: bool = False
) -> ImportReport:
    """`import_file` for a text that has not been parsed yet."""
    return await import_file(tx, project_id, parse(text), actor=actor, skip_invalid=skip_invalid)


async def import_file(
    tx: AsyncSession,
    project_id: str,
    file: File,
    *,
    actor: Actor,
    skip_invalid: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Takes the beads of a parsed file into a project.

    A bead is written when it is new or its updated_at is later than Loom's. Raises NotFound for an unknown project,
    Conflict for a closed one and ImportRefused when a line is bad and `skip_invalid` is not set; nothing is changed
    then.
    """
    project = await projects.get_open(tx, project_id, actor=actor)
    await storage.hold(tx, project.id)
    report = ImportReport(problems=file.problems, dry_run=dry_run)
    with many_objects():
        plan = await _planned(tx, project.id, file, report, actor)
        if report.problems and not skip_invalid:
            raise _refusal(report.problems, file.total)
        report.skipped = len(report.problems)
        report.created, report.updated = len(plan.new), len(plan.newer)
        if not dry_run:
            await _carry_out(tx, project.id, plan, file, progress, actor)
    return report


async def export_text(tx: AsyncSession, project_id: str, *, actor: Actor) -> str:
    """Every bead of a project as JSON lines in order of id; the same beads give the same text.

    Dependencies on beads that `actor` does not see are left out. Raises NotFound.
    """
    await projects.get(tx, project_id, actor=actor)
    records = await storage.records(tx, project_id)
    targets = (link.depends_on_id for record in records for link in record.links)
    hidden = await beads.hidden_among(tx, targets, actor)
    records = [without(record, hidden) for record in records]
    sources = await storage.sources(tx, project_id)
    others = await storage.other_lines(tx, project_id)
    return await asyncio.to_thread(_write_all, records, sources, others)


async def lines(tx: AsyncSession, bead_ids: Iterable[str], *, actor: Actor) -> dict[str, str]:
    """The lines that an export would have of those of `bead_ids` that `actor` sees, by id."""
    found: dict[str, str] = {}
    for chunk in chunks(bead_ids):
        those = and_(col(Bead.id).in_(chunk), within(actor, col(Bead.project_id)))
        records, sources = await storage.records_where(tx, those), await storage.sources_where(tx, those)
        hidden = await beads.hidden_among(tx, (link.depends_on_id for one in records for link in one.links), actor)
        found |= {one.id: write(without(one, hidden), sources.get(one.id, "")) for one in records}
    return found


def _write_all(records: list[Any], sources: dict[str, str], others: dict[str, str]) -> str:
    return fresh({record.id: write(record, sources.get(record.id, "")) for record in records}, others)


async def _planned(tx: AsyncSession, project_id: str, file: File, report: ImportReport, actor: Actor) -> _Plan:
    """What is to be done; what speaks against it and is to be noted goes into the report."""
    plan = await _sort_out(tx, project_id, file, report, actor)
    unknown = await _cut_loose(tx, plan, actor)
    await _untangle(tx, project_id, plan, report)
    report.problems.sort(key=lambda problem: problem.line)
    report.notes += unknown
    return plan


async def _sort_out(tx: AsyncSession, project_id: str, file: File, report: ImportReport, actor: Actor) -> _Plan:
    """Tells new lines from newer, equal and older ones."""
    plan = _Plan()
    alike: list[Line] = []
    known = await storage.versions(tx, (line.record.id for line in file.lines))
    for line in file.lines:
        there = known.get(line.record.id)
        if there is None:
            plan.new.append(line)
        elif there.project_id != project_id:
            where = f"project {there.project_id}" if actor.sees(there.project_id) else "another project"
            reason = f"is a bead of {where} already"
            report.problems.append(Problem(line.number, reason, line.record.id))
        elif there.line == line.text:
            report.unchanged += 1
        elif _of_this_version(line, there):
            alike.append(line)
        elif line.record.updated_at is not None and line.record.updated_at > there.updated_at:
            plan.newer.append(line)
        else:
            report.stale.append(line.record.id)
    if alike:
        await _join(tx, project_id, alike, plan, report)
    return plan


def _of_this_version(line: Line, there: Any) -> bool:
    """Whether a line tells of Loom's very version; one as old as the line that version began with tells of that one."""
    at = line.record.updated_at
    if at is None or not same_age(at, there.updated_at):
        return False
    return at == there.updated_at or not there.line or read(load(there.line)).updated_at != at


async def _join(tx: AsyncSession, project_id: str, alike: list[Line], plan: _Plan, report: ImportReport) -> None:
    """Of lines that are as old as Loom's beads takes what they add, and notes what else they say."""
    records = {record.id: record for record in await storage.records(tx, project_id)}
    sources = await storage.sources(tx, project_id)
    for line in alike:
        ours = records[line.record.id]
        both = joined(ours, line.record)
        if both == ours:
            report.unchanged += 1
        else:
            record = replace(both, updated_at=now())
            plan.newer.append(replace(line, record=record, text=write(record, sources.get(ours.id, ""))))
        others = differing(ours, line.record)
        if others:
            report.notes.append(
                f"line {line.number}: {ours.id} has another {', '.join(others)} than in Loom although both were last "
                "changed at the same time; Loom's was kept"
            )


async def _untangle(tx: AsyncSession, project_id: str, plan: _Plan, report: ImportReport) -> None:
    """Turns every line that would close a cycle into a problem and takes it out of the plan."""
    standing = await storage.edges(tx, project_id)
    while True:
        written = {line.record.id for line in plan.written} if standing else set()
        edges = [edge for edge in standing if edge.bead_id not in written]
        edges += [_edge(line, link) for line in plan.written for link in line.record.links]
        mixed = find_cycles(edges, BLOCKING_TYPES)
        if not mixed:
            return
        cycles = [*find_cycles(edges, WAITING_TYPES), *find_cycles(edges, [PARENT_CHILD])]
        blamed = {bead_id: cycle for cycle in cycles for bead_id in cycle}
        gone = plan.drop(set(blamed))
        if not gone:
            break
        for line in gone:
            reason = f"is part of a cycle of dependencies: {' → '.join(blamed[line.record.id])}"
            report.problems.append(Problem(line.number, reason, line.record.id))
    report.notes += [f"these beads wait for each other and can never start: {' → '.join(way)}" for way in mixed]


def _edge(line: Line, link: Any) -> Edge:
    return Edge(line.record.id, link.depends_on_id, link.type, link.gate)


def _refusal(problems: list[Problem], total: int) -> ImportRefused:
    first = problems[0].told
    return ImportRefused(
        f"{len(problems)} of {total} lines cannot be imported and nothing was changed. "
        f"{first[0].upper()}{first[1:]}. Mend the file, or skip bad lines.",
        problems=[asdict(problem) for problem in problems[:MOST_TOLD]],
        problem_count=len(problems),
    )


def without(record: Record, hidden: set[str], instead: Iterable[Link] = ()) -> Record:
    """The record without its dependencies on beads that are `hidden`; those of `instead` on such take their place."""
    said = [link for link in instead if link.depends_on_id in hidden]
    if not said and hidden.isdisjoint(link.depends_on_id for link in record.links):
        return record
    kept = [link for link in record.links if link.depends_on_id not in hidden]
    return replace(record, links=tuple(sorted([*kept, *said], key=lambda link: link.depends_on_id)))


async def _cut_loose(tx: AsyncSession, plan: _Plan, actor: Actor) -> list[str]:
    """Notes on dependencies whose target is neither in the file nor, for `actor`, in Loom.

    Those on beads that are there but not for `actor` are taken out of the plan: they would block.
    """
    own = {line.record.id for line in plan.written}
    ends = [
        (line.record.id, link.depends_on_id)
        for line in plan.written
        for link in line.record.links
        if link.depends_on_id not in own and not link.depends_on_id.startswith(EXTERNAL)
    ]
    known = await beads.known_ids(tx, (target for _, target in ends), actor)
    hidden = await beads.hidden_among(tx, (target for _, target in ends), actor)
    for lines in (plan.new, plan.newer) if hidden else ():
        lines[:] = [replace(line, record=without(line.record, hidden)) for line in lines]
    return [
        f"{bead_id} depends on {target}, which does not exist; it blocks nobody"
        for bead_id, target in ends
        if target not in known
    ]


async def _carry_out(
    tx: AsyncSession, project_id: str, plan: _Plan, file: File, progress: Progress | None, actor: Actor
) -> None:
    newer = [line.record.id for line in plan.newer]
    async with beads.importing(tx, newer, actor, "Imported from a newer line of its file"):
        await _apply(tx, project_id, plan, file, progress, actor)
    if plan.written:
        data = {
            "created": len(plan.new), "updated": len(plan.newer),
            "ids": [line.record.id for line in islice(plan.written, MOST_TOLD)],
        }  # fmt: skip
        append(tx, "bead.imported", actor=actor, project_id=project_id, subject_id=project_id, data=data)


async def _apply(
    tx: AsyncSession, project_id: str, plan: _Plan, file: File, progress: Progress | None, actor: Actor
) -> None:
    await in_bulk(tx, len(plan.new))
    done = 0

    def told(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, len(plan.written))

    await storage.insert_beads(tx, project_id, plan.new, told)
    for start in range(0, len(plan.newer), storage.BATCH):
        batch = plan.newer[start : start + storage.BATCH]
        await storage.update_beads(tx, project_id, batch)
        told(len(batch))
    stood_on = await storage.forget(tx, plan.newer, actor)
    await storage.insert_dependencies(tx, plan.written)
    await storage.keep_comments(tx, plan.written)
    await storage.insert_sources(tx, plan.written)
    await storage.keep_other_lines(tx, project_id, file.others)
    stand_on = {link.depends_on_id for line in plan.written for link in line.record.links}
    await beads.settle(tx, stood_on | stand_on | {line.record.id for line in plan.written}, actor)
