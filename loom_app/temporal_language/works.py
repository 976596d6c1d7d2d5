"""The workflows' work: beads, filed in the transaction that remembers that they were."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents.models import AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.beads.schemas import Kind, Priority, Tags, Title
from loom_app.config import Settings
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.bodies import Body
from loom_app.kernel.errors import NotFound
from loom_app.projects import service as projects
from loom_app.temporal_language import durations

DEPTH = "temporal_depth"
"""In a bead's context: how many schedules and workflows of the language stand behind it."""
LONGEST_DELAY = 366 * 86_400.0


@dataclass(frozen=True)
class Site:
    """For whom work is done, and what made it due."""

    tx: AsyncSession
    settings: Settings
    project_id: str
    agent_id: str
    agent_name: str
    called: str
    """The schedule's name, or the workflow's within the project."""
    depth: int = 0
    last_bead: str = ""
    """The bead that the same schedule filed last."""


def _delay(text: str) -> str:
    nanoseconds = durations.read(text) or 0
    if durations.seconds(nanoseconds) > LONGEST_DELAY:
        raise ValueError("is more than a year ahead")
    return text


class Delayed(Body):
    """Work that may begin later."""

    after: Annotated[str, Field(max_length=50), AfterValidator(_delay)] = Field(
        "now", description="How long to wait before it begins, such as 2h. Not for schedules."
    )

    @property
    def wait(self) -> float:
        """Seconds to wait."""
        return durations.seconds(durations.read(self.after) or 0)


class BeadWanted(Delayed):
    """A bead to be filed."""

    title: Title
    description: str = Field("", max_length=20_000)
    type: Kind = "task"
    priority: Priority = 2
    tags: Tags = Field(default_factory=list)
    mine: bool = Field(default=False, description="Whether it is assigned to the agent that asked for it.")


class CheckWanted(Delayed):
    """A look at the whole project."""

    focus: str = Field("", max_length=4_000, description="What to look at above all.")
    priority: Priority = 3


class TestsWanted(Delayed):
    """A run of all tests."""

    priority: Priority = 2


def of_depth(context: Mapping[str, Any]) -> dict[str, int]:
    """What of a bead's context goes on to beads that its runs file."""
    depth = context.get(DEPTH)
    return {DEPTH: depth} if isinstance(depth, int) else {}


async def file_bead(site: Site, wanted: BeadWanted) -> dict[str, Any]:
    """The bead as it was wanted."""
    return await _filed(
        site, title=wanted.title, description=wanted.description, type=wanted.type, priority=wanted.priority,
        tags=wanted.tags, mine=wanted.mine,
    )  # fmt: skip


async def file_check(site: Site, wanted: CheckWanted) -> dict[str, Any]:
    """A bead for a look at the project."""
    project = await projects.get(site.tx, site.project_id)
    lines = [
        f"Look at {project.name} as a whole: what changed since the last check, whether the tests pass, what was left "
        "half done. File a bead for each thing that is amiss and is not filed yet, then finish with what you found.",
        f"Above all: {wanted.focus}" if wanted.focus.strip() else "",
    ]
    return await _filed(
        site, title=f"Check of {project.name}"[:500], description="\n\n".join(line for line in lines if line),
        type="task", priority=wanted.priority, tags=["check"], mine=True,
    )  # fmt: skip


async def file_tests(site: Site, wanted: TestsWanted) -> dict[str, Any]:
    """A bead for a run of the tests."""
    project = await projects.get(site.tx, site.project_id)
    how = f"with `{project.test_command}`" if project.test_command else "in the way the repository describes"
    return await _filed(
        site, title=f"Run all tests of {project.name}"[:500],
        description=f"Run all tests {how}. Mend what fails where that is small; file a bead for every other failure.",
        type="task", priority=wanted.priority, tags=["tests"], mine=False,
    )  # fmt: skip


async def _filed(site: Site, *, mine: bool, **fields: Any) -> dict[str, Any]:
    """A new bead, or the one the same schedule filed before while that is not done."""
    standing = await _unfinished(site)
    if standing:
        return {"bead_id": standing, "filed": False, "because": "The bead of the firing before is not done yet."}
    assigned = await _on_the_team(site) if mine else ""
    context = {"filed_by": site.agent_id, "temporal": site.called, DEPTH: site.depth + 1}
    wanted = beads.draft(project_id=site.project_id, assigned_to=assigned, context=context, **fields)
    actor = agent_actor(site.agent_id, site.agent_name, site.project_id)
    bead = await beads.create(site.tx, wanted, actor=actor)
    return {"bead_id": bead.id, "title": bead.title, "filed": True}


async def _unfinished(site: Site) -> str:
    if not site.last_bead:
        return ""
    try:
        bead = await beads.get(site.tx, site.last_bead)
    except NotFound:
        return ""
    return "" if bead.status == BeadStatus.DONE else bead.id


async def _on_the_team(site: Site) -> str:
    try:
        agent = await agents.get(site.tx, site.agent_id)
    except NotFound:
        return ""
    return "" if agent.status == AgentStatus.COMPLETE else agent.id
