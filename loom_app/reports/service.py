"""Filing errors: a bead for a new one, a count on its bead for one that is known."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import comments
from loom_app.beads import service as beads
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.beads.ready import PERSON_TAG
from loom_app.beads.schemas import BeadChange
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import parse_rfc3339, rfc3339
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.reports import repository
from loom_app.reports.schemas import ErrorReport
from loom_app.reports.telling import Told, told

PRIORITY = {"critical": 0, "high": 1, "medium": 2, "low": 3}
TAG = "auto-filed"
MOST_REOPENED = 3
"""How often an error that comes back opens its bead for agents; after that a person has to look first."""


@dataclass(frozen=True)
class Filed:
    """What became of a report: the bead, whether it is new, a sentence, and how often the error was seen."""

    bead_id: str
    is_new: bool
    message: str
    occurrences: int


async def file(tx: AsyncSession, report: ErrorReport, *, actor: Actor) -> Filed:
    """Files an error. A known one is counted on its bead, which is opened again when it was done.

    Raises NotFound for an unknown project, Conflict when none is named and none is there.
    """
    project = await _project(tx, report.project_id, actor)
    error = told(report)
    known = await repository.known(tx, project.id, error.fingerprint)
    bead = await _bead_of(tx, known.bead_id, project.id) if known else None
    if bead is not None:
        return await _again(tx, bead, error, actor)
    made = await beads.create(tx, _draft(report, error, project.id), actor=actor)
    await repository.remember(tx, project.id, error.fingerprint, made.id)
    return Filed(made.id, True, f"Filed as {made.id} in the project {project.name!r}.", 1)


async def _project(tx: AsyncSession, project_id: str, actor: Actor) -> Project:
    if project_id:
        return await projects.get(tx, project_id, actor=actor)
    usual = await projects.usual(tx, actor)
    if usual is None:
        raise Conflict(
            "You see no open project to file this in. Make one with POST /api/v1/projects, or have an owner add you.",
            code="no_project",
        )
    return usual


async def _bead_of(tx: AsyncSession, bead_id: str, project_id: str) -> Bead | None:
    """The bead, to be changed; None when it was deleted or went to another project."""
    bead = await tx.get(Bead, bead_id, populate_existing=True, with_for_update=True)
    usable = bead is not None and bead.project_id == project_id and bead.source_status != TOMBSTONE
    return bead if usable else None


def _draft(report: ErrorReport, error: Told, project_id: str) -> Any:
    seen = rfc3339(error.at)
    counted = {"occurrences": 1, "first_seen": seen, "last_seen": seen, "fingerprint": error.fingerprint}
    told_by = {"source": report.source, "error_type": error.error_type, "severity": report.severity}
    return beads.draft(
        title=error.title, project_id=project_id, type="bug", description=error.description,
        priority=PRIORITY[report.severity], tags=[TAG, *report.tags],
        context={**counted, **told_by, "reported": error.context},
    )  # fmt: skip


async def _again(tx: AsyncSession, bead: Bead, error: Told, actor: Actor) -> Filed:
    """Counts an occurrence. The count is no change to the work itself, so the bead's `updated_at` stays."""
    count = _number(bead.context.get("occurrences")) + 1
    seen = _latest(str(bead.context.get("last_seen", "")), rfc3339(error.at))
    bead.context = {**bead.context, "occurrences": count, "last_seen": seen}
    data = {"title": bead.title, "occurrences": count, "last_seen": seen}
    append(tx, "bead.recurred", actor=actor, project_id=bead.project_id, subject_id=bead.id, data=data)
    if bead.status == BeadStatus.DONE and bead.closed_at is not None and error.at >= bead.closed_at:
        await _reopen(tx, bead, seen, actor)
        return Filed(bead.id, False, f"{bead.id} was done and is open again; seen {count} times.", count)
    if set(str(count)) == {"1", "0"} and str(count).count("1") == 1:
        await _remark(tx, bead, f"Seen {count:,} times, the last time at {seen}.", actor)
    return Filed(bead.id, False, f"Known as {bead.id}; seen {count} times.", count)


async def _reopen(tx: AsyncSession, bead: Bead, seen: str, actor: Actor) -> None:
    reopened = _number(bead.context.get("reopened")) + 1
    bead.context = {**bead.context, "reopened": reopened}
    reason = f"It happened again at {seen}, after it was closed."
    await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=reason, restart=True)
    if reopened >= MOST_REOPENED and PERSON_TAG not in bead.tags:
        await beads.update(tx, bead.id, BeadChange(tags=[*bead.tags, PERSON_TAG]), actor=actor)


async def _remark(tx: AsyncSession, bead: Bead, text: str, actor: Actor) -> None:
    try:
        await comments.add(tx, bead.id, text, actor=actor)
    except Conflict:  # the bead has as many comments as it may; the count stands in its context
        return


def _number(value: Any) -> int:
    """A count that people may have edited meanwhile."""
    return value if isinstance(value, int) and value > 0 else 0


def _latest(before: str, seen: str) -> str:
    try:
        return rfc3339(max(parse_rfc3339(before), parse_rfc3339(seen)))
    except Invalid:
        return seen
