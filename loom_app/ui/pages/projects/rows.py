"""Projects as their page shows them."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import rfc3339
from loom_app.projects import repository
from loom_app.projects.models import BeadsSync, GitStrategy, Project, ProjectStatus

MOST = 100
STRATEGIES = {
    GitStrategy.DIRECT: "lands on the branch",
    GitStrategy.BRANCH_PR: "own branch for review",
}
FILES = {
    BeadsSync.OFF: "left alone",
    BeadsSync.READ: "read",
    BeadsSync.WRITE: "read and written",
    BeadsSync.COMMIT: "read, written and committed",
    BeadsSync.PUSH: "read, written and pushed",
}


@dataclass
class ProjectRow:
    """One project. Texts for people, except `git_strategy`, `status` and `synced_at` (RFC 3339 or empty)."""

    id: str = ""
    name: str = ""
    status: str = ""
    is_closed: bool = False
    is_demo: bool = False
    git_repo: str = ""
    place: str = ""
    branch: str = "main"
    bead_prefix: str = "bd"
    git_strategy: str = GitStrategy.DIRECT
    strategy: str = ""
    test_command: str = ""
    problem: str = ""
    commit: str = ""
    commit_short: str = ""
    synced_at: str = ""
    bead_file: str = ""
    agents: int = 0
    open: int = 0
    in_progress: int = 0
    blocked: int = 0
    done: int = 0


async def rows(tx: AsyncSession, actor: Actor) -> tuple[list[ProjectRow], int]:
    """The first hundred projects `actor` sees by name, and how many those are."""
    found, total = await repository.page(tx, actor, MOST, 0)
    beads = await _beads(tx)
    agents = await repository.agents_by_project(tx)
    return [_row(project, beads.get(project.id, {}), len(agents.get(project.id, []))) for project in found], total


async def _beads(tx: AsyncSession) -> dict[str, dict[str, int]]:
    """How many beads of each status each project has."""
    query = select(col(Bead.project_id), col(Bead.status), func.count()).where(col(Bead.source_status) != TOMBSTONE)
    counted: dict[str, dict[str, int]] = {}
    for project_id, status, count in await tx.execute(query.group_by(col(Bead.project_id), col(Bead.status))):
        counted.setdefault(project_id, {})[status] = count
    return counted


def _row(project: Project, beads: dict[str, int], agents: int) -> ProjectRow:
    return ProjectRow(
        id=project.id,
        name=project.name,
        status=project.status,
        is_closed=project.status == ProjectStatus.CLOSED,
        is_demo=project.is_demo,
        git_repo=project.git_repo,
        place=project.git_repo or project.work_dir,
        branch=project.branch,
        bead_prefix=project.bead_prefix,
        git_strategy=project.git_strategy,
        strategy=STRATEGIES.get(GitStrategy(project.git_strategy), project.git_strategy),
        test_command=project.test_command,
        problem=project.problem,
        commit=project.last_commit_hash,
        commit_short=project.last_commit_hash[:10],
        synced_at=rfc3339(project.last_sync_at) if project.last_sync_at else "",
        bead_file=FILES[BeadsSync(project.beads_sync)] if project.beads_sync_chosen else "not looked at yet",
        agents=agents,
        **{status.value: beads.get(status, 0) for status in BeadStatus},
    )
