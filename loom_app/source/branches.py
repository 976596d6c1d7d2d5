"""The branches of a project: whose work each is, and removing those nobody needs."""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.service import append
from loom_app.git import history
from loom_app.git.history import Branch
from loom_app.git.names import checked_branch
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, NotFound
from loom_app.runs.models import Run
from loom_app.source.place import Place
from loom_app.source.schemas import BranchView

OURS = ("agent/", "person/")
"""How the branches begin that Loom makes."""
AT_ONCE = 4


async def listed(db: Database, place: Place, limit: int) -> tuple[list[BranchView], int]:
    """The branches of a project, newest first, and how many there are."""
    every = await history.branches(place.folder)
    wanted = every[:limit]
    async with db.read() as tx:
        runs = await _runs(tx, place.project.id, [branch.name for branch in wanted])
    gate = asyncio.Semaphore(AT_ONCE)

    async def shown(branch: Branch) -> BranchView:
        async with gate:
            ahead, behind = await history.distance(place.folder, place.commit, branch.commit)
        return _view(place, branch, ahead, behind, runs.get(branch.name))

    return list(await asyncio.gather(*map(shown, wanted))), len(every)


async def drop(db: Database, place: Place, name: str, *, force: bool, actor: Actor) -> None:
    """Removes a branch that Loom made. Raises NotFound, Forbidden for others' branches, Conflict for work in it."""
    checked_branch(name)
    async with place.checkout.locked():
        found = next((branch for branch in await history.branches(place.folder) if branch.name == name), None)
        if found is None:
            raise NotFound(f"The repository has no branch {name!r}.", code="no_such_branch")
        if not name.startswith(OURS):
            raise Forbidden(f"{name!r} is not a branch that Loom made; remove it with git.", code="branch_not_ours")
        async with db.read() as tx:
            run = (await _runs(tx, place.project.id, [name])).get(name)
        await _check_free(place, found, run, force=force)
        problem = await place.checkout.drop_branch(name)
    async with db.write() as tx:
        data = {"name": place.project.name, "branch": name, "commit": found.commit, "problem": problem}
        append(
            tx, "project.branch_deleted", actor=actor, project_id=place.project.id, subject_id=place.project.id,
            data=data,
        )  # fmt: skip
    if problem:
        raise Conflict(f"{problem} Loom's own copy has it no more.", code="branch_left_at_origin")


async def _check_free(place: Place, found: Branch, run: Run | None, *, force: bool) -> None:
    if (run is not None and run.ended_at is None) or found.worktree:
        who = f"The run {run.id}" if run is not None else "A run"
        raise Conflict(f"{who} works on {found.name!r}. Cancel it or wait for its end.", code="branch_in_use")
    ahead, _ = await history.distance(place.folder, place.commit, found.commit)
    if ahead and not force:
        commits = "1 commit" if ahead == 1 else f"{ahead} commits"
        raise Conflict(
            f"{found.name!r} has {commits} that {place.project.branch!r} lacks. Merge it first, or drop the work with "
            "force=true.",
            code="branch_not_merged",
            ahead=ahead,
        )


async def _runs(tx: AsyncSession, project_id: str, names: list[str]) -> dict[str, Run]:
    """The newest run of each branch."""
    query = select(Run).where(col(Run.project_id) == project_id, col(Run.branch).in_(names))
    return {run.branch: run for run in (await tx.execute(query.order_by(col(Run.created_at)))).scalars()}


def _view(place: Place, branch: Branch, ahead: int, behind: int, run: Run | None) -> BranchView:
    return BranchView(
        name=branch.name,
        commit=branch.commit,
        subject=branch.subject,
        author=branch.author,
        committed_at=branch.committed_at,
        ahead=ahead,
        behind=behind,
        merged=ahead == 0,
        is_default=branch.name == place.project.branch,
        here=branch.here,
        at_origin=branch.at_origin,
        bead_id=run.bead_id if run is not None else None,
        run_id=run.id if run is not None else None,
        run_status=run.status if run is not None else None,
        in_use=run is not None and run.ended_at is None,
    )
