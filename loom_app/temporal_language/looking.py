"""The activities' work: short looks at the project, which change nothing."""

from typing import Any

from pydantic import Field
from sqlalchemy import func, select
from sqlmodel import col

from loom_app.agents import service as agents
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.beads.schemas import BeadId
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.bodies import Body
from loom_app.kernel.clock import now
from loom_app.projects import service as projects
from loom_app.readiness import service as readinesses
from loom_app.temporal_language.works import Site

MOST_TOLD = 50


class Nothing(Body):
    """No input."""


class Some(Body):
    """How many."""

    limit: int = Field(10, ge=1, le=MOST_TOLD)


class OneBead(Body):
    """Which bead."""

    bead_id: BeadId


async def project(site: Site, _: Nothing) -> dict[str, Any]:
    """Beads by status, and the team."""
    query = select(col(Bead.status), func.count()).where(col(Bead.project_id) == site.project_id)
    counted = (await site.tx.execute(query.group_by(col(Bead.status)))).all()
    team = await agents.of_project(site.tx, site.project_id)
    told = [{"name": one.name, "role": one.role, "status": one.status} for one in team[:MOST_TOLD]]
    return {"beads": {str(status): many for status, many in counted}, "agents": told}


async def ready(site: Site, wanted: Some) -> dict[str, Any]:
    """What can be taken up now, the most urgent first."""
    rows = await beads.ready(site.tx, site.project_id, now(), wanted.limit)
    return {"beads": [{"id": row.id, "title": row.title, "priority": row.priority} for row in rows]}


async def bead(site: Site, wanted: OneBead) -> dict[str, Any]:
    """One bead of the project; others are as if they were not there."""
    actor = agent_actor(site.agent_id, site.agent_name, site.project_id)
    found = await beads.get(site.tx, wanted.bead_id, actor=actor)
    return {
        "id": found.id, "title": found.title, "status": found.status, "status_reason": found.status_reason,
        "assigned_to": found.assigned_to, "priority": found.priority,
    }  # fmt: skip


async def readiness(site: Site, _: Body) -> dict[str, Any]:
    """What is amiss with the project's repository and set-up."""
    found = await readinesses.judge(site.tx, await projects.get(site.tx, site.project_id), site.settings)
    return {"state": str(found.state), "reasons": [reason.message for reason in found.reasons]}
