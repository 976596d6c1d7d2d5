"""What stands in the merge queues."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.reviews import repository


async def due(tx: AsyncSession) -> list[tuple[str, str]]:
    """("merge" or "revert", run_id) of all that people asked for, whoever asked first first."""
    found = [(row.asked_at, "merge", row.run_id) for row in await repository.to_merge(tx)]
    found += [(row.asked_at, "revert", row.run_id) for row in await repository.to_revert(tx)]
    return [(kind, run_id) for _, kind, run_id in sorted(found)]
