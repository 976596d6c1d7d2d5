"""How a run gets to work: repository brought up to date, worktree made, first turn written. Safe to repeat."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import Bead, BeadStatus, Dependency
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.runner import GitFailed
from loom_app.git.worktree import Worktree
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.personas import revisions as personas
from loom_app.projects import service as projects
from loom_app.runs import guard, learning, repository
from loom_app.runs.hands import PullSite, are_reached
from loom_app.runs.hearing import colleagues, with_messages
from loom_app.runs.models import Run, RunStatus, Turn
from loom_app.runs.prompt import system_prompt, task_prompt
from loom_app.runs.reaching import commands_told
from loom_app.runs.wire import first_form
from loom_app.runs.workplace import Job, job_of, worktree_of
from loom_app.sandbox.workspace import Workspace
from loom_app.temporal_language.rights import rights_of
from loom_app.temporal_language.telling import prompt_for

TREE_DEPTH = 3
TREE_LIMIT = 200


@dataclass(frozen=True)
class Opened:
    """What stands ready in the worktree."""

    base: str
    problem: str
    resumed: bool


async def open_run(db: Database, settings: Settings, run_id: str, pulls: PullSite | None = None) -> int:
    """Makes everything ready and answers the number of the turn to go on with, 1 for a run that never worked.

    Raises GitFailed when there is no repository to work on, LeaseLost when the run is no longer ours.
    """
    async with db.read() as tx:
        job = await job_of(tx, run_id)
        reached = await are_reached(tx, pulls, job)
        last = await repository.last_ended(tx, job.bead.id)
        before = await _done_before(tx, job.bead)
    tree = worktree_of(db, job, settings)
    waited = last is not None and last.status == RunStatus.WAITING
    opened = await _open(tree, settings, resume=waited, at=job.reviewed.commit_hash if job.reviewed else "")
    files = await asyncio.to_thread(_listing, tree)
    notes = await asyncio.to_thread(learning.notes_in, Workspace(tree.folder))
    async with db.write() as tx:
        run = await guard.held(tx, run_id, settings.runs.lease_seconds)
        await projects.note_repository(tx, job.project.id, head=opened.base, problem=opened.problem)
        if run.status == RunStatus.CLAIMED:
            _start(tx, run, job, tree, opened)
        turns = await repository.turns(tx, run_id)
        if not turns:
            lessons = await learning.taught(tx, job, last)
            run.lessons = [{"id": lesson.id, "title": lesson.title} for lesson in lessons]
            earlier = learning.section(notes, lessons)
            prompt = task_prompt(
                job, tree=files, done_before=before, last=last, resumed=opened.resumed, lessons=earlier
            )
            persona, run.persona_revision = await personas.in_use(tx, job.agent.persona_name)
            run.persona_name = persona.name
            form = first_form(job.provider)
            held = commands_told(settings, job.project)
            durable = prompt_for(rights_of(persona) if settings.temporal_language.enabled else frozenset())
            team = await colleagues(tx, job)
            system = system_prompt(job, persona, held, team, form, pulls=reached, durable=durable)
            prompt = await with_messages(tx, job, 1, prompt)
            tx.add(Turn(run_id=run_id, number=1, system_prompt=system, prompt=prompt, format=form))
    return turns[-1].number if turns else 1


async def _open(tree: Worktree, settings: Settings, *, resume: bool, at: str) -> Opened:
    async with tree.checkout.locked():
        problem = await tree.checkout.ensure()
        if problem and settings.readiness.mode == "block":
            raise GitFailed(f"{problem} (readiness.mode is block, so the work waits)", code="not_ready")
        resumed = await tree.open(resume=resume, at=at)
        return Opened(await tree.checkout.head(), problem, resumed)


def _start(tx: AsyncSession, run: Run, job: Job, tree: Worktree, opened: Opened) -> None:
    run.status, run.started_at = RunStatus.RUNNING, now()
    run.branch, run.base_commit = tree.branch, opened.base
    data = {"run_id": run.id, "agent_id": job.agent.id, "branch": tree.branch, "base_commit": opened.base}
    actor = agent_actor(job.agent.id, job.agent.name, job.run.project_id)
    append(tx, "run.started", actor=actor, project_id=run.project_id, subject_id=run.bead_id, data=data)


def _listing(tree: Worktree) -> str:
    entries = Workspace(tree.folder).tree(".", max_depth=TREE_DEPTH, limit=TREE_LIMIT)
    return "\n".join(f"{entry.path}/" if entry.type == "directory" else entry.path for entry in entries)


async def _done_before(tx: AsyncSession, bead: Bead) -> list[str]:
    """The beads this one waited for, as lines."""
    query = (
        select(col(Bead.id), col(Bead.title), col(Bead.close_reason))
        .join(Dependency, col(Dependency.depends_on_id) == col(Bead.id))
        .where(col(Dependency.bead_id) == bead.id, col(Bead.status) == BeadStatus.DONE)
        .order_by(col(Bead.closed_at))
        .limit(20)
    )
    return [f"- {id_}: {title}. {reason}".strip() for id_, title, reason in (await tx.execute(query)).all()]
