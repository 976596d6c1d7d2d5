"""What runs leave behind when a process dies at the wrong moment, and its removal."""

import asyncio

from loom_app.config import Settings
from loom_app.git.worktree import BEFORE
from loom_app.kernel.database import Database
from loom_app.runs import repository
from loom_app.sandbox.trees import clear


async def remove_leftovers(db: Database, settings: Settings) -> list[str]:
    """Removes the worktrees of runs that are over. Answers their names."""
    folder = settings.data_dir / "worktrees"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if not names:
        return []
    async with db.read() as tx:
        live = set(await repository.live_ids(tx))
    left = [name for name in names if name.removesuffix(BEFORE) not in live]
    for name in left:
        await asyncio.to_thread(clear, folder / name)
    return left
