"""What stands in the merge queues, what keeps it there, and how that ends."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.reviews import repository
from loom_app.reviews.models import Revert, RevertStatus
from loom_app.reviews.reverting import refuse
from loom_app.reviews.service import ask_again
from loom_app.runs.models import Run, RunStatus, TerminalReason


async def due(tx: AsyncSession) -> list[tuple[str, str]]:
    """("merge" or "revert", run_id) of all that people asked for, whoever asked first first."""
    found = [(row.asked_at, "merge", row.run_id) for row in await repository.to_merge(tx)]
    found += [(row.asked_at, "revert", row.run_id) for row in await repository.to_revert(tx)]
    return [(kind, run_id) for _, kind, run_id in sorted(found)]


async def give_up(tx: AsyncSession, kind: str, run_id: str, why: str) -> None:
    """Ends what was asked for and cannot be done: people are asked about a merge, a taking back is refused."""
    if kind == "revert":
        await refuse(tx, run_id, f"{why} Mend that, then ask for it again.")
    elif await repository.to_merge(tx, run_id):
        way_out = "Mend that and approve it again to have it tried anew, or send it back to its agent."
        await ask_again(tx, run_id, f"It was approved, but could not be merged: {why} {way_out}")


async def note_trouble(tx: AsyncSession, kind: str, run_id: str, why: str) -> None:
    """Says on the run, or on its revert, why what was asked for is not done yet and is tried again."""
    if kind == "revert":
        row = await tx.get(Revert, run_id, with_for_update=True, populate_existing=True)
        if row is not None and row.status == RevertStatus.WAITING:
            row.message = f"It is tried again: {why}"
        return
    run = await tx.get(Run, run_id, with_for_update=True, populate_existing=True)
    if run is not None and run.status == RunStatus.WAITING and run.terminal_reason == TerminalReason.REVIEW:
        run.message = f"Approved; merging is tried again: {why}"
