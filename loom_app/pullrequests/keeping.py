"""Every change of a pull request's row, each with its event, in one transaction."""

import random
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.errors import LoomError
from loom_app.projects import service as projects
from loom_app.pullrequests import repository
from loom_app.pullrequests.faults import GitHubFault
from loom_app.pullrequests.models import TRANSITIONS, PullRequest, PullStatus
from loom_app.pullrequests.reading import Pull
from loom_app.reviews import service as reviews
from loom_app.reviews.merging import note_landed
from loom_app.runs.models import Run, RunStatus

MOST_FAILURES = 100
FIRST_WAIT, LONGEST_WAIT = 5.0, 3_600.0
LASTING_WAIT = 600.0
"""How soon what only people can mend is tried again by itself."""
MOST_QUIET = 900.0
HELD = "github_not_mergeable"
NO_TOKEN = "github_no_token"  # noqa: S105 - a word
FOLLOWED = ("head", "title", "mergeable", "checks", "approval", "url")


async def opened(tx: AsyncSession, pull_id: str, seen: Pull) -> None:
    """Notes that it is open on GitHub, and says so on the run."""
    row = await _row(tx, pull_id)
    if row is None:
        return
    fresh = row.status == PullStatus.WANTED
    _move(row, PullStatus.OPEN)
    row.number, row.url, row.title, row.head = seen.number, seen.url, seen.title, seen.head
    row.described, row.opened_at, row.changed_at = row.run_id, row.opened_at or now(), now()
    run = await tx.get_one(Run, row.run_id, with_for_update=True, populate_existing=True)
    told = f"Pull request #{seen.number}: {seen.url}"
    if told not in run.message:
        run.message = f"{run.message} {told}".strip()
    if fresh:
        _tell(tx, row, "opened")


async def noted(tx: AsyncSession, pull_id: str, **seen: Any) -> None:
    """Notes what was seen; an event when that tells people something new."""
    row = await _row(tx, pull_id)
    if row is None:
        return
    news = {name: value for name, value in seen.items() if getattr(row, name) != value}
    for name, value in news.items():
        setattr(row, name, value)
    if any(name in FOLLOWED for name in news):
        row.changed_at = now()
        _tell(tx, row, "updated", fields=[name for name in news if name in FOLLOWED])


async def well(tx: AsyncSession, pull_id: str, settings: Settings, held: str = "") -> None:
    """Notes that a round went well, and when the next is due: the longer nothing has happened, the later.

    `held` is what GitHub wants before it merges what was approved, in a sentence.
    """
    row = await _row(tx, pull_id)
    if row is None:
        return
    row.problem, row.problem_code, row.failures = held, HELD if held else "", 0
    if held:
        await _say_on_run(tx, row)
    quiet = 0.0 if held else (now() - row.changed_at).total_seconds() / 10
    _look_again(row, max(settings.github.poll_seconds, min(quiet, MOST_QUIET)))
    if row.status == PullStatus.WANTED:
        row.look_at = None


async def failed(tx: AsyncSession, pull_id: str, fault: LoomError) -> None:
    """Notes why a round failed and when it is tried again; after very many failures people are asked to mend it."""
    row = await _row(tx, pull_id)
    if row is None:
        return
    row.failures += 1
    news = row.problem_code != fault.code
    row.problem, row.problem_code = fault.message, fault.code
    _look_again(row, _wait(fault, row.failures))
    if row.failures >= MOST_FAILURES:
        row.look_at = None
    if fault.code == "github_rate_limited" and row.look_at is not None:
        await repository.put_off(tx, row.project_id, row.look_at)
    if row.look_at is None:
        row.problem += f" It was tried {row.failures} times; have Loom try again when that is mended."
        if await reviews.approved_at(tx, row.run_id):
            await reviews.ask_again(tx, row.run_id, f"It was approved, but {row.called} is not merged. {row.problem}")
    elif await reviews.approved_at(tx, row.run_id):
        await _say_on_run(tx, row)
    if (news and fault.code != NO_TOKEN) or row.look_at is None:
        _tell(tx, row, "failed", code=fault.code, problem=fault.message[:500])


async def merged(tx: AsyncSession, pull_id: str, commit: str, by: str) -> None:
    """Notes that GitHub has merged it: the run is landed, the open question answered, the bead done."""
    row = await _row(tx, pull_id)
    if row is None:
        return
    _end(row, PullStatus.MERGED, by)
    row.merge_commit = commit
    run = await tx.get_one(Run, row.run_id, with_for_update=True, populate_existing=True)
    told = f"Merged on GitHub as {commit[:12]}{f' by {by}' if by else ''}: {row.url}"
    await reviews.withdraw(tx, run.id, told)
    if run.status == RunStatus.WAITING:
        await note_landed(tx, run.id, commit, told)
    await _finish_open(tx, row, told)
    await projects.note_repository(tx, row.project_id, head=commit, problem="")
    _tell(tx, row, "merged", commit=commit, by=by)


async def closed(tx: AsyncSession, pull_id: str, by: str, why: str) -> None:
    """Notes that it was closed without being merged; people decide what becomes of the work."""
    row = await _row(tx, pull_id)
    if row is None:
        return
    _end(row, PullStatus.CLOSED, by)
    told = f"{row.called.capitalize()} was closed on GitHub{f' by {by}' if by else ''} without being merged: {row.url}"
    run = await tx.get_one(Run, row.run_id, with_for_update=True, populate_existing=True)
    if await reviews.is_for_review(tx, run):
        run.message = told
        reason = f"{told}\nSaid there: {why}" if why else told
        await reviews.ask_again(tx, run.id, f"{reason}\nApproving it opens another one and merges that.")
    _tell(tx, row, "closed", by=by, reason=why[:500])


async def left(tx: AsyncSession, pull_id: str) -> None:
    """Notes that Loom follows it no more: the project has another repository, or no token, now."""
    row = await _row(tx, pull_id)
    if row is not None:
        _end(row, PullStatus.CLOSED, "")
        _tell(tx, row, "closed", by="", reason="Loom follows it no more.")


async def forget(tx: AsyncSession, pull_id: str) -> None:
    """Drops one that was never opened and is wanted no more."""
    row = await _row(tx, pull_id)
    if row is not None:
        await tx.delete(row)


async def _row(tx: AsyncSession, pull_id: str) -> PullRequest | None:
    """The row while it is not over, kept from others."""
    row = await repository.get(tx, pull_id, to_change=True)
    return row if row is not None and row.ended_at is None else None


def _move(row: PullRequest, status: PullStatus) -> None:
    if row.status != status and status in TRANSITIONS[PullStatus(row.status)]:
        row.status = status


def _end(row: PullRequest, status: PullStatus, by: str) -> None:
    _move(row, status)
    row.ended_at, row.ended_by, row.look_at, row.changed_at = now(), by, None, now()
    row.problem = row.problem_code = ""


async def _finish_open(tx: AsyncSession, row: PullRequest, told: str) -> None:
    """The bead is done also where it went back to its agent, who has not begun, before it was merged."""
    bead = await tx.get(Bead, row.bead_id, with_for_update=True, populate_existing=True)
    if bead is not None and bead.status in (BeadStatus.OPEN, BeadStatus.BLOCKED):
        await beads.set_status(tx, bead.id, BeadStatus.DONE, actor=SYSTEM, reason=told)


async def _say_on_run(tx: AsyncSession, row: PullRequest) -> None:
    run = await tx.get_one(Run, row.run_id, with_for_update=True, populate_existing=True)
    if await reviews.is_for_review(tx, run):
        run.message = f"Approved; merging is tried again: {row.problem}"


def _wait(fault: LoomError, failures: int) -> float:
    wanted = fault.wait if isinstance(fault, GitHubFault) else None
    if wanted is not None:
        return wanted + FIRST_WAIT
    lasting = isinstance(fault, GitHubFault) and fault.lasts
    return min(LASTING_WAIT if lasting else FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)


def _look_again(row: PullRequest, seconds: float) -> None:
    """After some time, never sooner and not all at once; at once where somebody asked for that during the round."""
    if row.look_at is None or row.look_at > now():
        row.look_at = ahead(seconds * random.uniform(1, 1.2))  # noqa: S311 - spreads load


def _tell(tx: AsyncSession, row: PullRequest, what: str, **more: Any) -> None:
    data = {
        "pull_request_id": row.id, "run_id": row.run_id, "number": row.number, "url": row.url, "status": row.status,
        "checks": row.checks, "approval": row.approval, "mergeable": row.mergeable, **more,
    }  # fmt: skip
    append(tx, f"pull_request.{what}", actor=SYSTEM, project_id=row.project_id, subject_id=row.bead_id, data=data)
