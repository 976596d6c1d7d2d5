"""Taking landed work back by a commit of its own, in the queue of its project and tested like a merge."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.names import branch_name
from loom_app.git.staged import Rules
from loom_app.git.worktree import Author, Worktree
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import findings
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.reviews.merging import LONGEST_REASON, PLACE
from loom_app.reviews.models import Revert, RevertStatus
from loom_app.runs.landing import merge
from loom_app.runs.models import Run
from loom_app.runs.proving import NotLanded


async def revert_landed(db: Database, settings: Settings, run_id: str) -> None:
    """Takes the work of a run back when its turn comes, and opens its bead again. Safe to repeat.

    What later changes or the tests stand against is told on the revert, and nothing changes. Raises GitFailed or
    Unavailable for what may pass.
    """
    async with db.read() as tx:
        wanted = await tx.get(Revert, run_id)
        run = await tx.get_one(Run, run_id)
        project = await projects.get(tx, run.project_id)
        allowed = frozenset(row.fingerprint for row in await findings.allowed(tx, project.id))
    if wanted is None or wanted.status != RevertStatus.WAITING:
        return
    tree = _tree(db, settings, project, run, wanted, allowed)
    async with tree.checkout.turn(wanted.asked_at):
        try:
            commit, problem = await _revert(db, project, tree, run, wanted, settings)
        except (Invalid, Conflict) as refusal:
            async with db.write() as tx:
                why = refusal.plain if isinstance(refusal, NotLanded) else refusal.message
                await _end(tx, run_id, RevertStatus.REFUSED, why)
        else:
            async with db.write() as tx:
                await _end(tx, run_id, RevertStatus.DONE, f"Taken back as {commit[:12]}. {problem}".strip(), commit)
                await projects.note_repository(tx, project.id, head=commit, problem=problem)
                await _reopen(tx, run, wanted)
        async with tree.checkout.locked():
            await tree.close(keep_branch=False)


def _tree(
    db: Database, settings: Settings, project: Project, run: Run, wanted: Revert, allowed: frozenset[str]
) -> Worktree:
    name = f"revert-{run.id}"
    author = Author(wanted.asker or "Loom", f"{wanted.asked_by}@people.loom.invalid")
    rules = Rules(round(settings.git.max_file_mb * 2**20), allowed)
    folder = Path(settings.data_dir) / PLACE / name
    trailers = {"Bead": run.bead_id, "Run": name}
    return Worktree(checkout_of(db, project), folder, branch_name("revert", run.id), author, trailers, rules)


async def _revert(
    db: Database, project: Project, tree: Worktree, run: Run, wanted: Revert, settings: Settings
) -> tuple[str, str]:
    async with tree.checkout.locked():
        await tree.checkout.ensure()
        commit = await tree.commit_of(run.id)
        if not commit:
            raise Invalid(f"{project.branch} has no commit of run {run.id}.", code="not_landed")
        await tree.open_afresh(await tree.checkout.head())
        in_the_way = [] if await tree.landed() else await tree.undo(commit)
        if in_the_way:
            raise Conflict(
                f"Later changes of {', '.join(in_the_way[:10])} build on it. Have an agent undo it: file a bead that "
                f"says what of {commit[:12]} is to go.",
                code="revert_conflict",
            )
    subject = run.message.splitlines()[0][:100] if run.message else run.id
    message = f"Revert {commit[:12]}\n\n{wanted.reason}\n\nThis takes back {commit} ({subject})"
    made, problem = await merge(db, project, tree, message, settings)
    if not made:
        raise Invalid("Nothing of it is left to take back.", code="nothing_to_revert")
    return made, problem


async def refuse(tx: AsyncSession, run_id: str, why: str) -> None:
    """Says that the work of a run is not taken back, and why; nothing where that has ended already."""
    row = await tx.get(Revert, run_id, with_for_update=True, populate_existing=True)
    if row is not None and row.status == RevertStatus.WAITING:
        await _end(tx, run_id, RevertStatus.REFUSED, why)


async def _end(tx: AsyncSession, run_id: str, status: RevertStatus, message: str, commit: str = "") -> None:
    row = await tx.get_one(Revert, run_id, with_for_update=True, populate_existing=True)
    row.status, row.message, row.commit_hash, row.ended_at = status, message, commit, now()
    run = await tx.get_one(Run, run_id)
    type_ = "run.reverted" if status == RevertStatus.DONE else "run.revert_refused"
    data = {"run_id": run_id, "commit": commit, "message": message[:LONGEST_REASON]}
    append(tx, type_, actor=SYSTEM, project_id=run.project_id, subject_id=run.bead_id, data=data)


async def _reopen(tx: AsyncSession, run: Run, wanted: Revert) -> None:
    told = f"{wanted.asker} took its work back: {wanted.reason}"
    reverted = await tx.get_one(Run, run.id, with_for_update=True, populate_existing=True)
    reverted.message = f"{reverted.message} {told}".strip()
    bead = await tx.get(Bead, run.bead_id, with_for_update=True, populate_existing=True)
    if bead is not None and bead.status == BeadStatus.DONE:
        await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=told[:LONGEST_REASON], restart=True)
