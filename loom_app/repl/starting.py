"""`agent: task` starts work: a bead is filed for whoever is named, and given out by the ordinary way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from loom_app.agents import service as agents
from loom_app.agents.roles import plain as comparable
from loom_app.beads.models import Bead
from loom_app.kernel.errors import Forbidden
from loom_app.repl.found import Link, agent_link, bead_link, plain, project_link
from loom_app.repl.reading.tool import Asking
from loom_app.work import service as work

_TASK = re.compile(
    r"@?(?P<name>[^\W\d_][\w .'-]{0,80}?)(?:@(?P<project>[\w.-]{1,100}))?\s*:\s+(?P<task>\S.*)", re.DOTALL
)
_PREFIXES = """
answer context e.g edit example fyi hello hi i.e idea important link note ps q question re remember reminder summary tip
todo update warning what why how who which when where is are can could does do did should would will please tell show
explain compare list give find let make set and but so if the this that my our
"""
_NOT_NAMES = frozenset(_PREFIXES.split())
MOST_AGENTS = 1_000
SUGGESTED = 5


@dataclass(frozen=True)
class Task:
    """What the message asks of whom, in the project after the @ where one is named."""

    name: str
    project_id: str
    task: str


@dataclass(frozen=True)
class Started:
    """What to say, the bead that was filed, and what could be written instead where none was."""

    says: str
    links: Sequence[Link] = ()
    bead: Bead | None = None
    suggestions: Sequence[str] = field(default=())


def task_of(message: str) -> Task | None:
    """The task that the message is; None for anything else."""
    found = _TASK.fullmatch(message)
    words = found["name"].casefold().split() if found else []
    if not found or len(words) > 4 or words[0] in _NOT_NAMES:
        return None
    return Task(found["name"].strip(), found["project"] or "", found["task"].strip())


async def known(asking: Asking) -> Sequence[Any]:
    """The agents whom the person may name."""
    rows, _ = await agents.page(asking.tx, asking.actor, {}, limit=MOST_AGENTS, offset=0)
    return [row for row in rows if row.status != "complete"]


async def start(asking: Asking, wanted: Task, project_id: str = "") -> Started:
    """Files the bead for the one who is meant, or says who could be. Raises Forbidden, and what filing raises."""
    if not asking.actor.may("beads:write"):
        raise Forbidden(
            f"Starting work needs the permission beads:write, which {asking.actor.name} does not have.",
            code="permission_missing", permission="beads:write",
        )  # fmt: skip
    everybody = await known(asking)
    place = wanted.project_id or project_id
    there = [row for row in everybody if not place or comparable(row.project_id) == comparable(place)]
    meant = _meant(there, wanted.name)
    if not meant:
        return _nobody(everybody, there, wanted, place)
    projects = sorted({row.project_id for row in meant})
    if len(projects) > 1:
        return _where(projects, wanted)
    return await _filed(asking, meant, wanted)


def _meant(rows: Sequence[Any], name: str) -> list[Any]:
    """Those of that id or name, else those of that role."""
    said = comparable(name)
    own = [row for row in rows if said in (comparable(row.id), comparable(row.name))]
    return own or [row for row in rows if comparable(row.role) == said]


async def _filed(asking: Asking, meant: Sequence[Any], wanted: Task) -> Started:
    one = meant[0] if len(meant) == 1 else None
    bead = await work.file(
        asking.tx, meant[0].project_id, wanted.task, agent_id=one.id if one else "",
        role="" if one else meant[0].role, actor=asking.actor,
    )  # fmt: skip
    link, place = bead_link(bead.id), project_link(bead.project_id)
    who = agent_link(one.id, one.name).markdown if one else f"whoever of {len(meant)} is free as {plain(meant[0].role)}"
    rests = (
        f" {plain(one.name)} is paused, so it waits until somebody resumes it."
        if one and one.paused_because == "person"
        else ""
    )
    return Started(
        f"Filed {link.markdown} “{plain(bead.title)}” in {place.markdown} for {who}; it is given out next.{rests}",
        [link, place], bead,
    )  # fmt: skip


def _where(projects: Sequence[str], wanted: Task) -> Started:
    asked = [f"{wanted.name}@{project}: {wanted.task}" for project in projects[:SUGGESTED]]
    names = ", ".join(project_link(project).markdown for project in projects)
    says = f"{plain(wanted.name)} is in several projects: {names}. Nothing was started; say in which."
    return Started(says, [project_link(project) for project in projects], None, asked)


def _nobody(everybody: Sequence[Any], there: Sequence[Any], wanted: Task, place: str) -> Started:
    names = {comparable(name): name for row in there or everybody for name in (row.role, row.name)}
    close = get_close_matches(comparable(wanted.name), names, SUGGESTED, 0.5)
    near = [names[key] for key in close] or sorted({row.name for row in there or everybody})[:SUGGESTED]
    of = f" in {plain(place)}" if place else ""
    instead = f" Did you mean {', '.join(plain(name) for name in near)}?" if near else " There are no agents yet."
    says = f"Nobody{of} is called {plain(wanted.name)}, so nothing was started.{instead}"
    return Started(says, [Link("Agents", "/agents")], None, [f"{name}: {wanted.task}" for name in near])
