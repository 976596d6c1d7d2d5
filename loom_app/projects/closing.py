"""Whether work goes on in a project: closed when nothing is left to do, opened again."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict
from loom_app.projects import repository
from loom_app.projects.models import Project, ProjectStatus


def is_closed(project: Project) -> bool:
    """Whether work in it has ended."""
    return project.status == ProjectStatus.CLOSED


def closed(project: Project) -> Conflict:
    """The refusal of new work in a closed project."""
    return Conflict(
        f"The project {project.id!r} is closed, so it takes no new work. "
        f"POST /api/v1/projects/{project.id}/reopen opens it again.",
        code="project_closed",
    )


async def close(tx: AsyncSession, project: Project, *, actor: Actor, despite_work: bool = False) -> None:
    """Ends the project; one that is closed stays as it is. Its runs stop and their beads wait, open.

    Raises Conflict for a perpetual one, and for one with work left unless `despite_work`.
    """
    if is_closed(project):
        return
    check_can_end(project)
    left = await repository.unfinished(tx, project.id)
    if left and not despite_work:
        raise Conflict(
            f"{left} {'bead is' if left == 1 else 'beads are'} not done in {project.id!r}. "
            f"POST /api/v1/projects/{project.id}/close asks people whether to close it all the same.",
            code="work_left",
            open_beads=left,
        )
    project.status, project.closed_at = ProjectStatus.CLOSED, now()
    _tell(tx, "project.closed", project, actor, left)


def check_can_end(project: Project) -> None:
    """Raises Conflict for a project that never ends."""
    if project.is_perpetual:
        raise Conflict(
            f"The project {project.id!r} is perpetual and is never closed. Set is_perpetual to false first.",
            code="project_perpetual",
        )


async def reopen(tx: AsyncSession, project: Project, *, actor: Actor) -> None:
    """Lets work go on; a project that is not closed stays as it is."""
    if not is_closed(project):
        return
    project.status, project.closed_at = ProjectStatus.REOPENED, None
    _tell(tx, "project.reopened", project, actor, await repository.unfinished(tx, project.id))


def _tell(tx: AsyncSession, type_: str, project: Project, actor: Actor, left: int) -> None:
    project.updated_at = now()
    data = {"name": project.name, "open_beads": left}
    append(tx, type_, actor=actor, project_id=project.id, subject_id=project.id, data=data)
