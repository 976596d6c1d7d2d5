"""What the page of projects keeps."""

from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.errors import LoomError
from loom_app.lifecycle import founding
from loom_app.lifecycle import service as lifecycle
from loom_app.projects import service as projects
from loom_app.projects.models import ProjectStatus
from loom_app.projects.schemas import ProjectChange, ProjectDraft
from loom_app.ui import forms, notices
from loom_app.ui.gate import actor, handler
from loom_app.ui.live import reload_on
from loom_app.ui.pages.projects.rows import ProjectRow, rows
from loom_app.ui.runtime import runtime

LABELS = {"git_repo": "Git repository", "bead_prefix": "Prefix", "git_strategy": "Landing"}


class ProjectsState(rx.State):
    """The projects and the state of the dialog; `edited` is the project the dialog shows, empty for a new one."""

    loaded: bool = False
    projects: list[ProjectRow] = []
    beyond: str = ""
    """That there are more than are shown; empty when all are."""
    asking: bool = False
    busy: bool = False
    fault: str = ""
    edited: ProjectRow = ProjectRow()

    @handler("projects:read")
    async def load(self) -> None:
        """The projects by name."""
        async with runtime().db.read() as tx:
            self.projects, total = await rows(tx, actor())
        shown = len(self.projects)
        self.beyond = f"The first {shown} of {total} projects." if total > shown else ""
        self.loaded = True

    @handler("projects:write")
    async def ask(self) -> None:
        """Opens the dialog for a new project."""
        self.asking, self.fault, self.edited = True, "", ProjectRow()

    @handler("projects:write")
    async def edit(self, project_id: str) -> None:
        """Opens the dialog for a project there is."""
        found = [row for row in self.projects if row.id == project_id]
        if found:
            self.asking, self.fault, self.edited = True, "", found[0]

    @handler("projects:read")
    async def close(self) -> None:
        """Closes the dialog."""
        self.asking, self.fault = False, ""

    @handler("projects:write")
    async def save(self, form: dict[str, Any]) -> Any:
        """Makes or changes the project; a refusal stays in the dialog."""
        self.fault, self.busy = "", True
        yield
        try:
            told = await self._save(given(form))
        except LoomError as refusal:
            self.fault = refusal.message
        else:
            self.asking = False
            yield notices.success(told)
            yield ProjectsState.load()
        finally:
            self.busy = False

    @handler("projects:write")
    async def change_status(self, project_id: str, status: str) -> Any:
        """Closes a project, so that nobody works on it, or opens it again."""
        async with runtime().db.write() as tx:
            told = await _closed(tx, project_id) if status == ProjectStatus.CLOSED else await _reopened(tx, project_id)
        yield notices.success(told)
        yield ProjectsState.load()

    async def _save(self, wanted: dict[str, Any]) -> str:
        async with runtime().db.write() as tx:
            if self.edited.id:
                change = forms.read(ProjectChange, wanted, LABELS)
                project = await projects.update(tx, self.edited.id, change, actor=actor())
                return f"{project.name} is changed."
            draft = forms.read(ProjectDraft, wanted, LABELS)
            project = await founding.found(tx, draft, settings=runtime().settings, actor=actor())
            return f"{project.name} is made, with the team it begins with. Its agents are under Agents."


async def _closed(tx: AsyncSession, project_id: str) -> str:
    done = await lifecycle.close(tx, project_id, actor=actor())
    if done.question is None:
        return f"{done.project.name} is closed."
    return f"{done.project.name} has work left. Whether to close it all the same is now a decision."


async def _reopened(tx: AsyncSession, project_id: str) -> str:
    return f"{(await lifecycle.reopen(tx, project_id, actor=actor())).name} is open again."


def given(form: dict[str, Any]) -> dict[str, Any]:
    """What the form says of a project; fields left empty are left to their defaults."""
    names = ("name", "git_repo", "branch", "bead_prefix", "git_strategy")
    typed = {name: forms.text(form, name) for name in names}
    return {name: value for name, value in typed.items() if value or name == "name"} | {
        "test_command": forms.text(form, "test_command")
    }


reload_on(
    "/projects",
    ("project.", "bead.created", "bead.status_change", "agent.spawned", "agent.deleted"),
    ProjectsState.load,
)
