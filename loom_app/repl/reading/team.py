"""Reading the team: who there is and what they do, and the runs they made."""

from typing import Any

from pydantic import Field

from loom_app.agents import service as agents
from loom_app.beads import service as beads
from loom_app.kernel.money import dollars
from loom_app.repl.found import Found, Link, agent_link, ago, bead_link, plain
from loom_app.repl.reading.tool import Arguments, Asking, ProjectId, Tool
from loom_app.runs import service as runs
from loom_app.staff import service as staff

MOST = 25


class ListAgents(Arguments):
    """The agents: role, project, what each does now or why it rests, what it has cost."""

    project_id: str = ProjectId
    name: str = Field("", max_length=200, description="Words of the agent's name or role.")


class ListRuns(Arguments):
    """Runs, the newest first: who worked on which bead, how it went, turns and cost."""

    bead_id: str = Field("", max_length=200)
    agent_id: str = Field("", max_length=200)
    project_id: str = ProjectId
    live: bool | None = Field(None, description="true: only those that are on.")


async def list_agents(asking: Asking, wanted: ListAgents) -> Found:
    """Who works."""
    asked = {"project_id": wanted.project_id or None}
    rows, total = await agents.page(asking.tx, asking.actor, asked, words=wanted.name, limit=MOST, offset=0)
    if not rows:
        return Found(
            "There is no such agent." if wanted.name else "There are no agents.", (), [Link("Agents", "/agents")]
        )
    shown = await staff.shown(asking.tx, rows, asking.settings)
    links = [agent_link(one.id, one.name) for one in shown]
    lines = [
        f"{link.markdown} ({plain(one.role)}, {plain(one.project_id)}; id {plain(one.id)}) is {one.status}: "
        f"{plain(one.standing, 240)} {one.spent.runs} runs, {one.spent.cost}"
        for link, one in zip(links, shown, strict=True)
    ]
    at_work = sum(one.status == "working" for one in shown)
    many = f"{total} agents" if total > 1 else "One agent"
    return Found(f"{many}, {at_work} at work:", lines, links, total - len(rows))


async def list_runs(asking: Asking, wanted: ListRuns) -> Found:
    """What was worked on."""
    narrowed = {name: value or None for name, value in wanted.model_dump(exclude={"live"}).items()}
    rows, total = await runs.page(asking.tx, asking.actor, limit=MOST, offset=0, live=wanted.live, **narrowed)
    if not rows:
        return Found("There is no such run.", (), [Link("The board", "/board")])
    links = [bead_link(row.bead_id) for row in rows]
    called = await beads.names(asking.tx, [row.agent_id for row in rows], asking.actor)
    lines = [_line(row, link, called.of(row.agent_id) or "") for row, link in zip(rows, links, strict=True)]
    many = f"{total} runs" if total > 1 else "One run"
    return Found(f"{many}, the newest first:", lines, links, total - len(rows))


def _line(row: Any, link: Link, name: str) -> str:
    end = f"ended {ago(row.ended_at)}" if row.ended_at else "is on"
    return (
        f"{link.markdown} by {plain(name)}, begun {ago(row.created_at)}, {end}: {row.status}, {row.turn_count} turns, "
        f"{dollars(row.cost_micros)}. {plain(row.message, 240)} (run {row.id})"
    )


TOOLS = (
    Tool("list_agents", "agents:read", ListAgents, list_agents, "Looking at the agents"),
    Tool("list_runs", "beads:read", ListRuns, list_runs, "Looking at the runs"),
)
