"""Working on what was kept: told in the log of its project, and issues and what is said of them taken over.

Each delivery is in one transaction with its mark as done: what dies in between is done again, from the beginning. A few
share one, for most of what a small transaction costs is its end; no more than others who write can wait for.
"""

import zlib
from collections.abc import Sequence
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, LoomError
from loom_app.kernel.log import get_logger
from loom_app.projects.models import Project
from loom_app.pullrequests.sites import repo_of
from loom_app.webhooks import issues, repository
from loom_app.webhooks.models import Delivery, DeliveryStatus
from loom_app.webhooks.payload import Told, comment_of, issue_of, parsed, told

log = get_logger(__name__)
TOGETHER = 50
SHARING = 10
SHARED_SECONDS = 0.02
"""How long deliveries are added to a transaction: whoever keeps what comes waits for its end."""
MOST_ATTEMPTS = 5
KEPT = timedelta(days=7)
FORGOTTEN_TOGETHER = 500
GONE = ("deleted", "transferred")
FAULTS = (LoomError, DataError, IntegrityError, ValueError, TypeError, LookupError)
"""What a delivery itself can be the cause of. A database that is away is none of these: it is tried again."""


async def any_due(db: Database) -> bool:
    """Whether a delivery is to be worked on."""
    async with db.read() as tx:
        return await repository.any_due(tx)


async def work_off(db: Database, settings: Settings) -> int:
    """Works on all that is due, in the order it came; how many deliveries it were."""
    done = 0
    while await any_due(db):
        async with db.write() as tx:
            claimed = await repository.claim(tx, TOGETHER)
        done += len(claimed)
        while claimed:
            claimed = claimed[await _attend_some(db, settings, claimed[:SHARING]) :]
    return done


async def _attend_some(db: Database, settings: Settings, ids: Sequence[str]) -> int:
    """Works on the first of `ids` in one transaction; how many it were. Where one is at fault, on each by itself."""
    begun, done = monotonic(), 0
    try:
        async with db.write() as tx:
            while done < len(ids) and (not done or monotonic() - begun < SHARED_SECONDS):
                await _attend(tx, settings, ids[done])
                done += 1
    except (*FAULTS, DBAPIError):
        for delivery_id in ids:
            await attend(db, settings, delivery_id)
        return len(ids)
    return done


async def attend(db: Database, settings: Settings, delivery_id: str) -> None:
    """Works on one delivery. One whose content is at fault is set aside with the reason."""
    try:
        async with db.write() as tx:
            await _attend(tx, settings, delivery_id)
    except FAULTS as fault:
        log.warning("a delivery was set aside", delivery=delivery_id, error=str(fault))
        async with db.write() as tx:
            row = await repository.get(tx, delivery_id, to_change=True)
            if row is not None:
                _settle(row, DeliveryStatus.FAILED, _in_words(fault))


async def forget_old(db: Database) -> None:
    """Removes deliveries that came more than seven days ago."""
    gone = FORGOTTEN_TOGETHER
    while gone == FORGOTTEN_TOGETHER:
        async with db.write() as tx:
            gone = await repository.forget(tx, now() - KEPT, FORGOTTEN_TOGETHER)


async def _attend(tx: AsyncSession, settings: Settings, delivery_id: str) -> None:
    row = await repository.get(tx, delivery_id, to_change=True)
    if row is not None and row.status == DeliveryStatus.WAITING:
        _check_attempts(row)
        await _work(tx, settings, row)


async def _work(tx: AsyncSession, settings: Settings, row: Delivery) -> None:
    payload = parsed(zlib.decompress(row.body))
    summary = told(row.event, payload)
    project = await _project(tx, settings, row)
    if project is None:
        _settle(row, DeliveryStatus.UNMATCHED, _unmatched(row))
        return
    by = summary.sender or summary.author or "somebody"
    actor = Actor("system", f"github:{by}", f"{by} on GitHub", frozenset())
    row.project_id = project.id
    row.bead_id = await _take_over(tx, project, summary, payload, actor)
    data = summary.data(row.id) | ({"bead_id": row.bead_id} if row.bead_id else {})
    append(tx, summary.type, actor=actor, project_id=project.id, subject_id=row.bead_id or None, data=data)
    _settle(row, DeliveryStatus.DONE)


async def _take_over(tx: AsyncSession, project: Project, summary: Told, payload: dict[str, Any], actor: Actor) -> str:
    """What an event does besides being told; the bead it is about, "" for none."""
    if summary.event not in ("issues", "issue_comment"):
        return ""
    of_issue = summary.event == "issues"
    issue = issue_of(payload, summary.repository, gone=of_issue and summary.action in GONE)
    if issue is None:
        return ""
    rules = await repository.rules(tx, project.id)
    bead_id = await issues.hear(tx, project, issue, summary.action if of_issue else "", rules, actor=actor)
    said = comment_of(payload, issue) if not of_issue else None
    if said is not None and bead_id:
        await issues.hear_comment(tx, project, issue, said, summary.action, actor=actor)
    return bead_id


async def _project(tx: AsyncSession, settings: Settings, row: Delivery) -> Project | None:
    """The open project whose repository it is; with a project's own secret none but that. The oldest of several."""
    if not row.repository:
        return await tx.get(Project, row.signed_for) if row.signed_for else None
    for project in await repository.projects_at(tx, row.repository.partition("/")[2]):
        fits = row.signed_for in ("", project.id)
        if fits and _repository_of(settings, project) == row.repository:
            return project
    return None


def _repository_of(settings: Settings, project: Project) -> str:
    try:
        return repo_of(settings, project.git_repo).shown.lower()
    except Invalid:
        return ""


def _unmatched(row: Delivery) -> str:
    place = row.repository or "what names no repository"
    if row.signed_for:
        return (
            f"It is signed for the project {row.signed_for} and tells of {place}, which is not that project's "
            "repository, or the project is closed. Enter the secret at the project's own repository, then retry this."
        )
    return (
        f"No open project of Loom has the repository {place}. Make one with it, or have the webhook of that "
        "repository removed at GitHub; then retry this, or leave it."
    )


def _check_attempts(row: Delivery) -> None:
    if row.attempts > MOST_ATTEMPTS:
        raise Invalid(f"It was begun {MOST_ATTEMPTS} times and whoever did so died each time.", code="poisonous")


def _settle(row: Delivery, status: DeliveryStatus, problem: str = "") -> None:
    row.status, row.problem, row.due_at, row.done_at = status, problem, None, now()


def _in_words(fault: Exception) -> str:
    return fault.message if isinstance(fault, LoomError) else f"{type(fault).__name__}: {str(fault)[:300]}"
