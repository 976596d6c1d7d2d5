"""Runs ended from outside."""

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.providers.models import Provider
from loom_app.runs import service
from loom_app.runs.begin import begin
from loom_app.runs.models import TerminalReason
from tests.support import rows


async def test_a_repository_that_cannot_be_worked_on_is_told_on_its_project(db: Database, settings: Settings) -> None:
    project_id = await rows.project(db)
    agent_id, provider_id = await rows.agent(db), await rows.provider(db)
    bead_id = await rows.bead(db, status=BeadStatus.OPEN)
    async with db.write() as tx:
        bead, agent = await tx.get(Bead, bead_id), await tx.get(Agent, agent_id)
        provider = await tx.get(Provider, provider_id)
        assert bead
        assert agent
        assert provider
        run = await begin(tx, bead, agent, provider, seconds=30, why="it is ready")
    await service.end_run(db, settings, run.id, TerminalReason.REPOSITORY_ERROR, "There is nothing to clone.")
    async with db.read() as tx:
        assert (await projects.get(tx, project_id)).problem == "There is nothing to clone."
        ended = await service.get(tx, run.id)
    assert (ended.status, ended.terminal_reason) == ("failed", "repository_error")
