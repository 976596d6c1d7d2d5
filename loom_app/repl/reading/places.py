"""Reading projects with their milestones and lessons, and what models there are."""

from pydantic import Field

from loom_app.lessons import service as lessons
from loom_app.milestones import views as milestones
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.providers import service as providers
from loom_app.repl.found import Found, Link, ago, plain, project_link
from loom_app.repl.reading.tool import Arguments, Asking, ProjectId, Tool

MOST = 20


class ListProjects(Arguments):
    """The projects: state, beads left, agents, and what is amiss with the repository."""


class ListMilestones(Arguments):
    """Milestones by due date: how far each is, and how urgent."""

    project_id: str = ProjectId


class ListProviders(Arguments):
    """The providers of models: whether they work, their model, their last fault."""


class FindLessons(Arguments):
    """What earlier work in a project taught."""

    project_id: str = ProjectId
    query: str = Field("", max_length=300, description="Words to look for.")


async def list_projects(asking: Asking, _: ListProjects) -> Found:
    """What is worked at."""
    found = await projects.every(asking.tx, actor=asking.actor)
    if not found:
        return Found("You see no project yet.", (), [Link("Projects", "/projects")])
    links = [project_link(one.id, one.name) for one in found[:MOST]]
    lines = []
    for one, link in zip(found, links, strict=False):
        left = await projects.unfinished(asking.tx, one.id)
        team = len(await projects.agents_of(asking.tx, one.id))
        problem = f" {plain(one.problem, 300)}" if one.problem else ""
        lines.append(
            f"{link.markdown} (id {plain(one.id)}) is {one.status}: {left} beads left, {team} agents.{problem}"
        )
    return Found(f"{len(found)} projects:" if len(found) > 1 else "One project:", lines, links, len(found) - len(links))


async def list_milestones(asking: Asking, wanted: ListMilestones) -> Found:
    """What is to be reached."""
    rows = [
        (one, project_link(project.id, project.name))
        for project in await _meant(asking, wanted.project_id)
        for one in await milestones.listed(asking.tx, project.id)
    ]
    lines = [
        f"{link.markdown}: {plain(one.name)} is {one.status}, {one.progress.done} of {one.progress.total} beads done, "
        f"{f'due {one.due_date:%Y-%m-%d}' if one.due_date else 'no date'}, urgency {one.urgency}"
        for one, link in rows[:MOST]
    ]
    links = list(dict.fromkeys(link for _, link in rows[:MOST]))
    return Found("Milestones:" if lines else "There are no milestones.", lines, links, len(rows) - len(lines))


async def list_providers(asking: Asking, _: ListProviders) -> Found:
    """Who answers."""
    page = Link("Providers", "/providers")
    rows, total = await providers.list_visible(asking.tx, asking.actor, MOST, 0)
    lines = [
        f"{plain(row.name)} is {row.status}, model {plain(row.selected_model or row.model or 'its own choice')}, "
        f"last looked at {ago(row.last_heartbeat_at)}. {plain(row.last_heartbeat_error, 240)}".strip()
        for row in rows
    ]
    return Found(
        f"{page.markdown}:" if rows else f"There is no provider yet: {page.markdown}.", lines, [page], total - len(rows)
    )


async def find_lessons(asking: Asking, wanted: FindLessons) -> Found:
    """What was learned."""
    rows = [
        (one, project_link(project.id, project.name))
        for project in await _meant(asking, wanted.project_id)
        for one in (await lessons.listed(asking.tx, project.id, actor=asking.actor, text=wanted.query))[:MOST]
    ]
    lines = [f"{link.markdown}: {plain(one.title)}. {plain(one.detail, 300)}" for one, link in rows[:MOST]]
    links = list(dict.fromkeys(link for _, link in rows[:MOST]))
    return Found("Lessons:" if lines else "No lesson fits.", lines, links, len(rows) - len(lines))


async def _meant(asking: Asking, project_id: str) -> list[Project]:
    if project_id:
        return [await projects.get(asking.tx, project_id, actor=asking.actor)]
    return (await projects.every(asking.tx, actor=asking.actor))[:MOST]


TOOLS = (
    Tool("list_projects", "projects:read", ListProjects, list_projects, "Looking at the projects"),
    Tool("list_milestones", "projects:read", ListMilestones, list_milestones, "Looking at the milestones"),
    Tool("list_providers", "providers:read", ListProviders, list_providers, "Looking at the providers"),
    Tool("find_lessons", "projects:read", FindLessons, find_lessons, "Looking through the lessons"),
)
