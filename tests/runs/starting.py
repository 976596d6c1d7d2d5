"""A run that has been begun, in the database alone."""

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.kernel.database import Database
from loom_app.providers.models import Provider
from loom_app.runs.begin import begin
from tests.support import rows


async def begun(db: Database, bead_id: str, **agent: str) -> str:
    """Gives the open bead to a new agent; the run's id."""
    agent_id, provider_id = await rows.agent(db, **agent), await rows.provider(db)
    async with db.write() as tx:
        bead, who = await tx.get_one(Bead, bead_id), await tx.get_one(Agent, agent_id)
        provider = await tx.get_one(Provider, provider_id)
        return (await begin(tx, bead, who, provider, seconds=30, why="it is ready")).id
