"""What the page of agents keeps."""

from typing import Any

import reflex as rx

from loom_app.agents import service as agents
from loom_app.agents import team
from loom_app.agents.schemas import AgentDraft
from loom_app.kernel.errors import LoomError
from loom_app.ui import forms, notices
from loom_app.ui.choices import Choice
from loom_app.ui.gate import actor, handler
from loom_app.ui.live import reload_on
from loom_app.ui.pages.agents.rows import PersonaChoice, Team, persona_choices, teams
from loom_app.ui.runtime import runtime


class AgentsState(rx.State):
    """The teams and the state of the dialog."""

    loaded: bool = False
    teams: list[Team] = []
    projects: list[Choice] = []
    personas: list[PersonaChoice] = []
    described: str = ""
    """What the persona that is chosen in the dialog does."""
    asking: bool = False
    busy: bool = False
    fault: str = ""

    @handler("agents:read")
    async def load(self) -> None:
        """The teams, one for each project that has agents."""
        async with runtime().db.read() as tx:
            self.teams, known = await teams(tx, actor())
        self.projects = [Choice(project.id, project.name) for project in known]
        self.loaded = True

    @handler("agents:write")
    async def ask(self) -> None:
        """Opens the dialog for a new agent."""
        self.personas = persona_choices()
        self.described = self.personas[0].description if self.personas else ""
        self.asking, self.fault = True, ""

    @handler("agents:read")
    async def close(self) -> None:
        """Closes the dialog."""
        self.asking, self.fault = False, ""

    @handler("agents:read")
    async def describe(self, persona: str) -> None:
        """Shows what a persona does."""
        self.described = next((known.description for known in self.personas if known.name == persona), "")

    @handler("agents:write")
    async def create(self, form: dict[str, Any]) -> Any:
        """Makes the agent; a refusal, such as a seat that is taken, stays in the dialog."""
        self.fault, self.busy = "", True
        yield
        try:
            draft = forms.read(AgentDraft, _given(form), {"persona_name": "Persona", "project_id": "Project"})
            async with runtime().db.write() as tx:
                told = f"{(await team.create(tx, draft, actor=actor())).name} joined the team."
        except LoomError as refusal:
            self.fault = refusal.message
        else:
            self.asking = False
            yield notices.success(told)
            yield AgentsState.load()
        finally:
            self.busy = False

    @handler("agents:write")
    async def pause(self, agent_id: str) -> Any:
        """Keeps an agent from new work."""
        async with runtime().db.write() as tx:
            await agents.pause(tx, agent_id, actor=actor())
        return AgentsState.load()

    @handler("agents:write")
    async def resume(self, agent_id: str) -> Any:
        """Lets an agent work again."""
        async with runtime().db.write() as tx:
            await agents.resume(tx, agent_id, actor=actor())
        return AgentsState.load()


def _given(form: dict[str, Any]) -> dict[str, Any]:
    typed = {name: forms.text(form, name) for name in ("persona_name", "project_id")}
    name = forms.text(form, "name")
    return typed | ({"name": name} if name else {})


reload_on("/agents", ("agent.", "project.created", "project.deleted", "project.member_"), AgentsState.load)
