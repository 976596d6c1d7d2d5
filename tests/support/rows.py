"""Rows that tests start from: a project, agents, beads, a provider that works, without going through every rule."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads.models import Bead, BeadStatus
from loom_app.kernel.database import Database
from loom_app.kernel.ids import new_id
from loom_app.projects.models import Project
from loom_app.providers.models import Provider, ProviderStatus


async def project(db: Database, project_id: str = "kitchen") -> str:
    """A project with nothing in it."""
    async with db.write() as tx:
        tx.add(Project(id=project_id, name=project_id.title()))
    return project_id


async def agent(db: Database, project_id: str = "kitchen", role: str = "qa-engineer", **more: Any) -> str:
    """An idle agent."""
    agent_id = new_id("agent")
    row: dict[str, Any] = {"name": role.title(), "persona_name": f"default/{role}", "status": AgentStatus.IDLE, **more}
    async with db.write() as tx:
        tx.add(Agent(id=agent_id, project_id=project_id, role=role, **row))
    return agent_id


async def bead(db: Database, bead_id: str = "kitchen-1", status: str = BeadStatus.BLOCKED, **more: Any) -> str:
    """A bead of the project `kitchen`, blocked unless said otherwise."""
    async with db.write() as tx:
        tx.add(Bead(id=bead_id, project_id="kitchen", title="Weigh the flour", status=status, **more))
    return bead_id


async def provider(db: Database, status: str = ProviderStatus.HEALTHY) -> str:
    """A provider in `status`; the one there is, when there is one."""
    async with db.write() as tx:
        changed = update(Provider).values({col(Provider.status): status}).returning(col(Provider.id))
        if (await tx.execute(changed)).first() is None:
            tx.add(Provider(id="model", name="Model", endpoint="http://127.0.0.1:9/v1", model="m", status=status))
    return "model"
