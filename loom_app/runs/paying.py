"""Who pays for a run's calls, and whether they can."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import service as users
from loom_app.beads.models import Bead
from loom_app.kernel.clock import now
from loom_app.ledger.orders import Payer
from loom_app.providers import prices
from loom_app.providers.models import Provider
from loom_app.runs.models import Run


async def payer_of(
    tx: AsyncSession, bead: Bead, agent_id: str, run: Run | None = None, turn: int | None = None
) -> Payer:
    """The project, agent and bead of the run, and whoever made the bead where that was a person."""
    people = await users.names(tx, [bead.created_by])
    user_id = bead.created_by if bead.created_by in people else ""
    return Payer(bead.project_id, agent_id, user_id, bead.id, run.id if run else "", turn)


async def unpriced(tx: AsyncSession, provider: Provider) -> str:
    """The name of the provider's model where nobody knows what it costs, else ""."""
    (rates,) = await prices.rates_at(tx, provider, (provider.model,), now())
    return "" if rates.known else provider.model or "the provider chooses"
