"""How a bead file stands, and asking for a look at it."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beadfiles import bases, conflicts
from loom_app.beadfiles.filing import NAME
from loom_app.beadfiles.jsontext import load
from loom_app.beadfiles.models import BeadConflict, BeadFile
from loom_app.beadfiles.schemas import BeadFileView, ConflictView, UnreadableView
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync

MOST_SHOWN = 100


async def status(tx: AsyncSession, project_id: str, *, actor: Actor) -> BeadFileView:
    """How the project's file stands. Raises NotFound."""
    project = await projects.get(tx, project_id, actor=actor)
    state = await tx.get(BeadFile, project_id) or BeadFile(project_id=project_id)
    follows = project.beads_sync != BeadsSync.OFF
    return BeadFileView(
        project_id=project.id,
        beads_sync=project.beads_sync,
        path=f"{project.beads_path.strip('/')}/{NAME}",
        branch=project.branch,
        last_read_at=state.read_at,
        last_written_at=state.written_at,
        last_checked_at=state.checked_at,
        commit=state.commit,
        pushed=state.pushed,
        behind=len(await bases.unwritten(tx, project_id)) if follows else 0,
        problem=state.problem if follows else "",
        conflicts=[view(*row) for row in await conflicts.listed(tx, project_id, limit=MOST_SHOWN)],
        conflict_count=await conflicts.count(tx, project_id),
        unreadable=[UnreadableView(**told) for told in state.unreadable],
    )


async def ask(tx: AsyncSession, project_id: str, *, accept: bool, actor: Actor) -> None:
    """Has the worker look at the file now. Raises NotFound, and Conflict where the project follows no file."""
    project = await projects.get(tx, project_id, actor=actor)
    if project.beads_sync == BeadsSync.OFF:
        raise Conflict(
            f"{project.name} follows no bead file: its beads_sync is off. Set it to read, write, commit or push first.",
            code="beads_sync_off",
        )
    data = {"name": project.name, "accept": accept}
    append(tx, "beadfile.sync_asked", actor=actor, project_id=project_id, subject_id=project_id, data=data)


def view(found: BeadConflict, title: str) -> ConflictView:
    """A conflict as the API shows it."""
    values = {
        name: None if (text := getattr(found, name)) is None else load(text) for name in ("base", "ours", "theirs")
    }
    return ConflictView(
        id=found.id, bead_id=found.bead_id, title=title, field=found.field, item=found.item, **values,
        shown=found.winner, found_at=found.found_at, resolved_at=found.resolved_at, resolved_by=found.resolved_by,
        resolution=found.resolution,
    )  # fmt: skip
