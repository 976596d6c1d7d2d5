"""Which pull requests are to be looked at now."""

from collections.abc import Sequence

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.pullrequests import repository
from loom_app.pullrequests.rounds import attend, note_wanted, wanted

__all__ = ["attend", "found"]


async def found(db: Database, settings: Settings, runs: Sequence[str], projects: Sequence[str]) -> list[str]:
    """The ids of what is due, the longest due first; what belongs to these runs and projects is due at once."""
    async with db.read() as tx:
        if not (runs or projects or await wanted(tx, settings)):
            return await repository.due(tx)
    async with db.write() as tx:
        await note_wanted(tx, settings)
        if runs:
            await repository.wake(tx, run_ids=runs)
        for project_id in projects:
            await repository.wake(tx, project_id=project_id)
        return await repository.due(tx)
