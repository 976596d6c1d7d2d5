"""Queries of pull requests, and of runs whose work becomes one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer
from sqlmodel import col

from loom_app.beads.models import Bead, BeadStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.scope import within
from loom_app.projects.models import GitStrategy, Project
from loom_app.pullrequests.models import PullRequest
from loom_app.runs.models import Run, RunStatus, TerminalReason


async def get(tx: AsyncSession, pull_id: str, *, to_change: bool = False) -> PullRequest | None:
    """The pull request; as it is now and kept from others when it is `to_change`."""
    return await tx.get(PullRequest, pull_id, populate_existing=to_change, with_for_update=to_change)


async def page(
    tx: AsyncSession, actor: Actor, *, limit: int, offset: int, status: str | None = None, bead_id: str | None = None,
    project_id: str | None = None,
) -> tuple[Sequence[PullRequest], int]:  # fmt: skip
    """The pull requests `actor` sees, newest first, and how many match in all."""
    query = select(PullRequest).where(within(actor, col(PullRequest.project_id)))
    wanted = {"status": status, "project_id": project_id, "bead_id": bead_id}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(PullRequest, name) == value)
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    newest = query.order_by(col(PullRequest.created_at).desc(), col(PullRequest.id).desc()).limit(limit).offset(offset)
    return (await tx.execute(newest)).scalars().all(), total


async def of_run(tx: AsyncSession, run: Run) -> PullRequest | None:
    """The newest pull request of the branch the run worked on."""
    query = select(PullRequest).where(
        col(PullRequest.project_id) == run.project_id, col(PullRequest.branch) == run.branch
    )
    newest = query.order_by(col(PullRequest.created_at).desc(), col(PullRequest.id).desc()).limit(1)
    return (await tx.execute(newest.execution_options(populate_existing=True))).scalars().first()


async def waiting(tx: AsyncSession) -> Sequence[Row[Run, Project]]:
    """(Run, Project) of the newest run of each bead whose work waits on a branch that no live pull request shows."""
    later, shown = aliased(Run), aliased(PullRequest)
    newer = select(col(later.id)).where(
        col(later.bead_id) == col(Run.bead_id),
        col(later.created_at) > col(Run.created_at),
        col(later.terminal_reason) != TerminalReason.PAIRED,
    )
    live = select(col(shown.id)).where(col(shown.run_id) == col(Run.id), col(shown.ended_at).is_(None))
    query = (
        select(Run, Project)
        .join(Bead, col(Bead.id) == col(Run.bead_id))
        .join(Project, col(Project.id) == col(Run.project_id))
        .where(col(Run.status) == RunStatus.WAITING, col(Run.terminal_reason) == TerminalReason.REVIEW)
        .where(col(Run.commit_hash) != "", col(Run.branch) != "", col(Bead.status) == BeadStatus.BLOCKED)
        .where(col(Project.git_strategy) == GitStrategy.BRANCH_PR, col(Project.git_repo) != "")
        .where(~newer.exists(), ~live.exists())
        .order_by(col(Run.ended_at), col(Run.id))
    )
    whole = query.options(defer(Run.diff)).execution_options(populate_existing=True)  # type: ignore[arg-type]
    return (await tx.execute(whole)).all()


async def live(tx: AsyncSession, project_id: str, branch: str) -> PullRequest | None:
    """The pull request of a branch that is not over."""
    query = select(PullRequest).where(
        col(PullRequest.project_id) == project_id,
        col(PullRequest.branch) == branch,
        col(PullRequest.ended_at).is_(None),
    )
    return (await tx.execute(query.with_for_update())).scalars().first()


async def due(tx: AsyncSession) -> list[str]:
    """The pull requests that are to be looked at now, the longest due first."""
    query = select(col(PullRequest.id)).where(col(PullRequest.look_at) <= now(), col(PullRequest.ended_at).is_(None))
    return list((await tx.execute(query.order_by(col(PullRequest.look_at)).limit(200))).scalars())


async def claim(tx: AsyncSession, pull_id: str, until: datetime) -> bool:
    """Takes a due one for oneself until then; whether it was still due."""
    wanted = (col(PullRequest.id) == pull_id, col(PullRequest.look_at) <= now(), col(PullRequest.ended_at).is_(None))
    taken = await tx.execute(update(PullRequest).where(*wanted).values(look_at=until).returning(col(PullRequest.id)))
    return taken.first() is not None


async def hold(tx: AsyncSession, pull_id: str, until: datetime) -> None:
    """Keeps what was claimed until then, unless somebody wants it looked at sooner."""
    wanted = (col(PullRequest.id) == pull_id, col(PullRequest.look_at) > now(), col(PullRequest.ended_at).is_(None))
    await tx.execute(update(PullRequest).where(*wanted).values(look_at=until))


async def wake(tx: AsyncSession, *, project_id: str | None = None, run_ids: Sequence[str] = ()) -> None:
    """Has the live ones of a project, or of runs, looked at now, and tried as if they had never failed."""
    which = col(PullRequest.project_id) == project_id if project_id else col(PullRequest.run_id).in_(run_ids)
    fresh = {"look_at": now(), "failures": 0}
    await tx.execute(update(PullRequest).where(which, col(PullRequest.ended_at).is_(None)).values(fresh))


async def put_off(tx: AsyncSession, project_id: str, until: datetime) -> None:
    """Leaves GitHub alone for the whole project until then."""
    sooner = (col(PullRequest.project_id) == project_id, col(PullRequest.look_at) < until)
    await tx.execute(update(PullRequest).where(*sooner).values(look_at=until))


async def runs_of(tx: AsyncSession, bead_id: str) -> frozenset[str]:
    """The runs of a bead."""
    return frozenset((await tx.execute(select(col(Run.id)).where(col(Run.bead_id) == bead_id))).scalars())


async def worked_on(tx: AsyncSession, project_id: str, branch: str, agent_id: str) -> bool:
    """Whether a run of the agent worked on the branch."""
    query = select(col(Run.id)).where(
        col(Run.project_id) == project_id, col(Run.branch) == branch, col(Run.agent_id) == agent_id
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def has_ended(tx: AsyncSession, run_id: str) -> datetime | None:
    """When the run's last pull request was over; None where it had none."""
    query = select(func.max(col(PullRequest.ended_at))).where(col(PullRequest.run_id) == run_id)
    found: datetime | None = (await tx.execute(query)).scalar_one()
    return found
