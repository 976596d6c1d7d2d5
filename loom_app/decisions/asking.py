"""Decisions that people ask for themselves, about a bead or about the project as a whole."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.decisions.answers import Kind
from loom_app.decisions.escalation import set_aside
from loom_app.decisions.models import Decision
from loom_app.decisions.opening import open_decision
from loom_app.decisions.recipients import holder, recipient
from loom_app.decisions.schemas import DecisionDraft
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import service as projects
from loom_app.projects.models import ProjectStatus


async def ask(tx: AsyncSession, wanted: DecisionDraft, *, actor: Actor) -> Decision:
    """Asks, and has the bead wait for the answer unless `blocks` is off.

    Raises NotFound for an unknown or deleted bead or project, Conflict for a bead that is done or a project that is
    closed, Invalid for what `open_decision` refuses and for people and agents nobody knows.
    """
    if wanted.kind == Kind.CLOSING:
        raise Invalid("Whether to end a project is asked by POST /api/v1/projects/{id}/close.", code="kind_not_asked")
    bead = await beads.get_to_change(tx, wanted.bead_id, actor) if wanted.bead_id else None
    if wanted.kind == Kind.COMMAND:
        raise Invalid("Leave for a command is asked by the run that wants it.", code="kind_not_asked")
    project_id = await _project(tx, wanted, bead, actor)
    given = wanted.model_dump(exclude={"project_id", "bead_id", "blocks", "assigned_to", "returned_to"})
    asked = await open_decision(
        tx, **given, bead=bead, project_id=project_id, requester_id=actor.id, actor=actor,
        assigned_to=await holder(tx, project_id, wanted.assigned_to) if wanted.assigned_to else "",
        returned_to=await _known(tx, project_id, wanted.returned_to),
    )  # fmt: skip
    if wanted.blocks:
        await set_aside(tx, asked)
    return asked


async def _project(tx: AsyncSession, wanted: DecisionDraft, bead: Bead | None, actor: Actor) -> str:
    if bead is not None and bead.status == BeadStatus.DONE:
        raise Conflict(f"{bead.id} is done; there is nothing left to decide. Open it again first.", code="bead_done")
    named = wanted.project_id or (bead.project_id if bead is not None else "")
    if not named:
        raise Invalid("A decision needs a project_id, or the bead_id of a bead.", code="project_missing")
    project = await projects.get(tx, named, actor=actor)
    if bead is not None and bead.project_id != project.id:
        raise Invalid(
            f"{bead.id} does not belong to the project {project.id!r}. Leave one of them out.", code="other_project"
        )
    if project.status == ProjectStatus.CLOSED:
        raise Conflict(f"The project {project.id!r} is closed. Reopen it first.", code="project_closed")
    return project.id


async def _known(tx: AsyncSession, project_id: str, name: str) -> str:
    found = await recipient(tx, project_id, name)
    if name and not found:
        raise Invalid(
            f"{name[:100]!r} is neither an agent, nor a role of the team, nor a person who sees the project.",
            code="unknown_recipient",
        )
    return found
