"""Closing a project with people's consent, opening it again, and how it stands."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.decisions import closing as questions
from loom_app.decisions.models import Decision
from loom_app.kernel.actor import Actor
from loom_app.lifecycle.schemas import StateView
from loom_app.projects import closing, comments
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.readiness import service as readiness
from loom_app.readiness.judging import ADVICE


@dataclass(frozen=True)
class Closed:
    """What became of the wish to close `project`: done, or people are asked first by `question`."""

    project: Project
    open_beads: int = 0
    question: Decision | None = None


async def close(tx: AsyncSession, project_id: str, *, comment: str = "", actor: Actor) -> Closed:
    """Closes a project; where work is left, asks people whether to, once. A closed one stays as it is.

    Raises NotFound, Conflict for a perpetual one.
    """
    project = await projects.get_to_close(tx, project_id, actor=actor)
    if closing.is_closed(project):
        return Closed(project)
    closing.check_can_end(project)
    if comment:
        await comments.add(tx, project_id, comment, actor=actor)
    left = await projects.unfinished(tx, project_id)
    if left:
        return Closed(project, left, await questions.ask(tx, project, left, comment, actor=actor))
    await closing.close(tx, project, actor=actor)
    return Closed(project)


async def reopen(tx: AsyncSession, project_id: str, *, comment: str = "", actor: Actor) -> Project:
    """Lets work in a closed project go on. One that is open stays as it is. Raises NotFound."""
    project = await projects.get_to_close(tx, project_id, actor=actor)
    if comment:
        await comments.add(tx, project_id, comment, actor=actor)
    await closing.reopen(tx, project, actor=actor)
    return project


async def state(tx: AsyncSession, project_id: str, settings: Settings, *, actor: Actor) -> StateView:
    """How the project stands. Raises NotFound."""
    project = await projects.get(tx, project_id, actor=actor)
    left = await projects.unfinished(tx, project_id)
    judged = await readiness.judge(tx, project, settings)
    issues = [reason.message for reason in judged.reasons if reason.code not in ADVICE]
    return StateView(
        id=project.id,
        name=project.name,
        status=project.status,
        is_perpetual=project.is_perpetual,
        is_sticky=project.is_sticky,
        open_beads=left,
        can_close=not (left or project.is_perpetual or closing.is_closed(project)),
        readiness_ok=not issues,
        readiness_issues=issues,
        created_at=project.created_at,
        updated_at=project.updated_at,
        closed_at=project.closed_at,
        comments_count=await comments.count(tx, project_id),
    )
