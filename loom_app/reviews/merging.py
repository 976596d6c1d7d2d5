"""Merging what was approved: put on top of the project's branch, tested, landed, its branch removed; or sent back."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.schemas import BeadChange
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.worktree import Worktree
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import service as projects
from loom_app.reviews import repository
from loom_app.runs.landing import UNFINISHED, merge, rehearse
from loom_app.runs.models import Run, RunStatus, TerminalReason
from loom_app.runs.workplace import Job, finished_job_of, worktree_of

PLACE = "merges"
"""The folder of Loom's data that holds the worktrees of merges."""
LONGEST_REASON = 2_000


async def merge_approved(db: Database, settings: Settings, run_id: str) -> None:
    """Merges the work of a run when its turn comes; nothing when that is no longer wanted. Safe to repeat.

    A conflict or failing tests send the bead back to the agent. Raises GitFailed or Unavailable for what may pass.
    """
    async with db.read() as tx:
        wanted = await repository.to_merge(tx, run_id)
        job = await finished_job_of(tx, run_id) if wanted else None
    if job is None:
        return
    tree = worktree_of(db, job, settings, PLACE)
    async with tree.checkout.turn(wanted[0].asked_at):
        async with db.read() as tx:
            still = await repository.to_merge(tx, run_id)
        if still:
            await _merge(db, settings, job, tree)


async def passes(db: Database, settings: Settings, job: Job, tree: Worktree) -> bool:
    """Whether approved work, put on top of the project's branch, passes the tests there; else it is sent back.

    Call it in the queue. The project's branch stays as it is; what stands on the run's own is for nobody but this.
    """
    try:
        message = await _afresh(job, tree)
        await rehearse(db, job.project, tree, message, settings)
    except (Invalid, Conflict) as refusal:
        await _refuse(db, job, tree, refusal)
        return False
    async with tree.checkout.locked():
        await tree.close(keep_branch=True)
    return True


async def _afresh(job: Job, tree: Worktree) -> str:
    """Opens the worktree at the commit that was approved; the message it is to land with."""
    async with tree.checkout.locked():
        await tree.checkout.ensure()
        await tree.open_afresh(job.run.commit_hash)
        await tree.keep_author()
        return "\n\n".join(await tree.messages()) or job.bead.title


async def _refuse(db: Database, job: Job, tree: Worktree, refusal: Invalid | Conflict) -> None:
    await _keep(job, tree)
    async with db.write() as tx:
        await send_back(tx, job.run.id, f"It was approved but not merged. {refusal.message}")


async def _merge(db: Database, settings: Settings, job: Job, tree: Worktree) -> None:
    try:
        message = await _afresh(job, tree)
        commit, problem = await merge(db, job.project, tree, message, settings)
    except (Invalid, Conflict) as refusal:
        await _refuse(db, job, tree, refusal)
        return
    landed = f"Landed on {job.project.branch} as {commit[:12]}." if commit else "Nothing was left to merge."
    async with db.write() as tx:
        await note_landed(tx, job.run.id, commit, " ".join(part for part in ("Approved.", landed, problem) if part))
        await projects.note_repository(tx, job.project.id, head=commit, problem=problem)
    async with tree.checkout.locked():
        await tree.close(keep_branch=False)
        await tree.checkout.drop_branch(tree.branch)


async def _keep(job: Job, tree: Worktree) -> None:
    """Leaves everything on the branch, conflict markers too, for the agent to go on with."""
    if not tree.folder.exists():
        return
    async with tree.checkout.locked():
        await tree.save(f"{UNFINISHED}{job.bead.title}")
        await tree.close(keep_branch=True)


async def send_back(tx: AsyncSession, run_id: str, why: str) -> None:
    """Gives the bead back to the agent that made the branch, else to any, who reads `why` and goes on from it."""
    run = await tx.get_one(Run, run_id, with_for_update=True, populate_existing=True)
    run.terminal_reason, run.message = TerminalReason.SENT_BACK, why
    bead = await tx.get(Bead, run.bead_id, with_for_update=True, populate_existing=True)
    data = {"run_id": run_id, "agent_id": run.agent_id, "reason": why[:LONGEST_REASON]}
    append(tx, "run.sent_back", actor=SYSTEM, project_id=run.project_id, subject_id=run.bead_id, data=data)
    if bead is None or bead.status != BeadStatus.BLOCKED:
        return
    await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=why[:LONGEST_REASON])
    again = run.agent_id if await tx.get(Agent, run.agent_id) else ""
    await beads.update(tx, bead.id, BeadChange(assigned_to=again), actor=SYSTEM)


async def note_landed(tx: AsyncSession, run_id: str, commit: str, told: str) -> None:
    """Notes that the work of a run is on the project's branch as `commit`; its bead is done unless it moved on."""
    run = await tx.get_one(Run, run_id, with_for_update=True, populate_existing=True)
    run.status, run.terminal_reason, run.message = RunStatus.FINISHED, TerminalReason.COMPLETED, told
    run.commit_hash = commit
    data = {"run_id": run.id, "agent_id": run.agent_id, "commit": commit, "branch": run.branch}
    append(tx, "run.landed", actor=SYSTEM, project_id=run.project_id, subject_id=run.bead_id, data=data)
    bead = await tx.get(Bead, run.bead_id, with_for_update=True, populate_existing=True)
    if bead is not None and bead.status == BeadStatus.BLOCKED:
        actor = agent_actor(run.agent_id, await agents.name_of(tx, run.agent_id), run.project_id)
        await beads.set_status(tx, bead.id, BeadStatus.DONE, actor=actor, reason=told)
