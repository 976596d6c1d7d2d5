"""Changes of beads."""

from typing import Any

from pydantic import Field

from loom_app.agents import service as agents
from loom_app.beads import comments
from loom_app.beads import service as beads
from loom_app.beads.lookup import refuse_if_held
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.schemas import BeadChange
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.projects import service as projects
from loom_app.projects.models import ProjectStatus
from loom_app.repl.changing.kind import Kind, Plan
from loom_app.repl.found import bead_link, plain, project_link
from loom_app.repl.reading.tool import Arguments, Asking

BeadId = Field(min_length=1, max_length=200)
Reason = Field("", max_length=2_000)


class CloseBead(Arguments):
    """Closes a bead as done."""

    bead_id: str = BeadId
    reason: str = Reason


class OpenBead(Arguments):
    """Opens a bead again, so that it is worked on."""

    bead_id: str = BeadId
    reason: str = Reason


class SetPriority(Arguments):
    """Gives a bead another priority; 0 is the most urgent, 4 the least."""

    bead_id: str = BeadId
    priority: int = Field(ge=0, le=4)


class AssignBead(Arguments):
    """Keeps a bead for one agent of its project, by name or id; an empty agent gives it to whoever suits."""

    bead_id: str = BeadId
    agent: str = Field("", max_length=200)


class CommentBead(Arguments):
    """Says something about a bead, as the person."""

    bead_id: str = BeadId
    content: str = Field(min_length=1, max_length=10_000)


class RedispatchBead(Arguments):
    """Puts a bead back in the queue as if new."""

    bead_id: str = BeadId
    reason: str = Reason


class CreateBead(Arguments):
    """Files a bead."""

    project_id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=500)
    description: str = Field("", max_length=20_000)
    priority: int = Field(2, ge=0, le=4)
    type: str = Field("task", pattern=r"^[a-z][a-z0-9_-]{0,49}$")


async def plan_close(asking: Asking, wanted: CloseBead) -> Plan:
    """What closing means."""
    bead = await beads.get(asking.tx, wanted.bead_id, actor=asking.actor)
    if bead.status == BeadStatus.DONE:
        raise Conflict(f"{bead.id} is done already.", code="bead_done")
    await beads.check_closable(asking.tx, bead, asking.actor)
    why = (f"Kept as the reason: {plain(wanted.reason, 300)}",) if wanted.reason else ()
    effects = (f"It moves from {_status(bead)} to done.", "What waits for it alone is set free.", *why)
    return Plan(f"Close {_called(bead)}", effects, _facts(bead))


async def close(asking: Asking, wanted: CloseBead) -> str:
    """Closes it."""
    return await _moved(asking, wanted.bead_id, BeadStatus.DONE, wanted.reason, "is closed")


async def plan_open(asking: Asking, wanted: OpenBead) -> Plan:
    """What opening means."""
    bead = await beads.get(asking.tx, wanted.bead_id, actor=asking.actor)
    if bead.status == BeadStatus.OPEN:
        raise Conflict(f"{bead.id} is open already.", code="bead_open")
    effects = (f"It moves from {_status(bead)} to open.", "An agent that suits takes it when nothing keeps it waiting.")
    return Plan(f"Open {_called(bead)} again", effects, _facts(bead))


async def open_again(asking: Asking, wanted: OpenBead) -> str:
    """Opens it."""
    return await _moved(asking, wanted.bead_id, BeadStatus.OPEN, wanted.reason, "is open again")


async def plan_priority(asking: Asking, wanted: SetPriority) -> Plan:
    """What another priority means."""
    bead = await beads.get(asking.tx, wanted.bead_id, actor=asking.actor)
    if bead.priority == wanted.priority:
        raise Conflict(f"{bead.id} has priority {bead.priority} already.", code="same_priority")
    return Plan(
        f"Set {_called(bead)} to P{wanted.priority}",
        (f"Its priority goes from P{bead.priority} to P{wanted.priority}.",), _facts(bead),
    )  # fmt: skip


async def set_priority(asking: Asking, wanted: SetPriority) -> str:
    """Sets it."""
    await beads.update(asking.tx, wanted.bead_id, BeadChange(priority=wanted.priority), actor=asking.actor)
    return f"{bead_link(wanted.bead_id).markdown} is P{wanted.priority} now."


async def plan_assign(asking: Asking, wanted: AssignBead) -> Plan:
    """What keeping it for somebody means."""
    bead = await beads.get(asking.tx, wanted.bead_id, actor=asking.actor)
    agent_id = await _one_of(asking, bead, wanted.agent) if wanted.agent else ""
    if (bead.assigned_to or "") == agent_id:
        raise Conflict(f"{bead.id} is with them already.", code="same_agent")
    called = await beads.names(asking.tx, [bead.assigned_to or "", agent_id], asking.actor)
    to = plain(called.of(agent_id) or "whoever suits")
    effects = (f"It goes from {plain(called.told(bead.assigned_to or ''))} to {to}.",)
    return Plan(f"Give {_called(bead)} to {to}", effects, _facts(bead), {"agent": agent_id})


async def assign(asking: Asking, wanted: AssignBead) -> str:
    """Keeps it for them."""
    await beads.update(asking.tx, wanted.bead_id, BeadChange(assigned_to=wanted.agent), actor=asking.actor)
    name = (await beads.names(asking.tx, [wanted.agent], asking.actor)).of(wanted.agent) or "whoever suits"
    return f"{bead_link(wanted.bead_id).markdown} is for {plain(name)} now."


async def plan_comment(asking: Asking, wanted: CommentBead) -> Plan:
    """What will be said."""
    bead = await beads.get(asking.tx, wanted.bead_id, actor=asking.actor)
    said = f"You say: {plain(wanted.content, 2_000)}"
    return Plan(f"Comment on {_called(bead)}", (said,), {"title": bead.title})


async def comment(asking: Asking, wanted: CommentBead) -> str:
    """Says it."""
    await comments.add(asking.tx, wanted.bead_id, wanted.content, actor=asking.actor)
    return f"Your comment stands on {bead_link(wanted.bead_id).markdown}."


async def plan_redispatch(asking: Asking, wanted: RedispatchBead) -> Plan:
    """What another go means."""
    bead = await beads.get(asking.tx, wanted.bead_id, actor=asking.actor)
    await refuse_if_held(asking.tx, [bead.id], "given out afresh")
    effects = (f"It moves from {_status(bead)} to open, its attempts are counted afresh and it rests no longer.",)
    return Plan(f"Put {_called(bead)} back in the queue", effects, _facts(bead))


async def redispatch(asking: Asking, wanted: RedispatchBead) -> str:
    """Puts it back."""
    await beads.redispatch(asking.tx, wanted.bead_id, reason=wanted.reason, actor=asking.actor)
    return f"{bead_link(wanted.bead_id).markdown} is in the queue again."


async def plan_create(asking: Asking, wanted: CreateBead) -> Plan:
    """What will be filed."""
    project = await projects.get(asking.tx, wanted.project_id, actor=asking.actor)
    if project.status == ProjectStatus.CLOSED:
        raise Conflict(f"The project {project.id} is closed and takes no beads.", code="project_closed")
    says = (f"It says: {plain(wanted.description, 1_000)}",) if wanted.description else ()
    effects = (f"A {plain(wanted.type)} of P{wanted.priority} in {project_link(project.id, project.name).markdown}.",)
    return Plan(
        f"File the bead “{plain(wanted.title, 200)}”",
        (*effects, *says),
        {"project": project.id, "status": project.status},
    )


async def create(asking: Asking, wanted: CreateBead) -> str:
    """Files it."""
    made = await beads.create(asking.tx, beads.draft(**wanted.model_dump()), actor=asking.actor)
    return f"{bead_link(made.id).markdown} is filed."


async def _one_of(asking: Asking, bead: Bead, name: str) -> str:
    ids = await agents.called(asking.tx, bead.project_id, name)
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise NotFound(f"No agent of {bead.project_id} is called {name[:100]!r}.", code="agent_not_found")
    raise Invalid(f"{name[:100]!r} means several agents: {', '.join(ids[:5])}. Name one by id.", code="agent_unclear")


async def _moved(asking: Asking, bead_id: str, status: BeadStatus, reason: str, said: str) -> str:
    await beads.update(asking.tx, bead_id, BeadChange(status=status.value, reason=reason), actor=asking.actor)
    return f"{bead_link(bead_id).markdown} {said}."


def _called(bead: Bead) -> str:
    return f"{bead_link(bead.id).markdown} {plain(bead.title, 100)}"


def _status(bead: Bead) -> str:
    return bead.status.replace("_", " ")


def _facts(bead: Bead) -> dict[str, Any]:
    return {
        "status": bead.status, "priority": bead.priority, "assignee": bead.assigned_to or "nobody",
        "title": bead.title, "last change": rfc3339(bead.updated_at),
    }  # fmt: skip


KINDS = (
    Kind("close_bead", "beads:write", CloseBead, plan_close, close),
    Kind("open_bead", "beads:write", OpenBead, plan_open, open_again),
    Kind("set_priority", "beads:write", SetPriority, plan_priority, set_priority),
    Kind("assign_bead", "beads:write", AssignBead, plan_assign, assign),
    Kind("comment_bead", "beads:write", CommentBead, plan_comment, comment),
    Kind("redispatch_bead", "beads:write", RedispatchBead, plan_redispatch, redispatch),
    Kind("create_bead", "beads:write", CreateBead, plan_create, create),
)
