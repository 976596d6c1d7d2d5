"""Where a person's command runs: a worktree of its own, gone when it is over."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from loom_app.config import Settings
from loom_app.git.runner import git
from loom_app.sandbox.trees import clear
from loom_app.source.place import Place

FOLDER = "commands"
LEFT_BEHIND_SECONDS = 3_600.0
"""The age of a worktree whose command cannot be running any more."""


@asynccontextmanager
async def worktree(settings: Settings, place: Place, command_id: str) -> AsyncIterator[Path]:
    """A folder with the project's files at the commit of `place`. What others that died left behind goes first."""
    folder = settings.data_dir / FOLDER / command_id
    await asyncio.to_thread(_sweep, folder.parent)
    repository = place.checkout.folder
    try:
        async with place.checkout.locked():
            await git("worktree", "prune", cwd=repository)
            await git("worktree", "add", "--detach", str(folder), place.commit, cwd=repository)
        yield folder
    finally:
        await asyncio.to_thread(clear, folder)
        await git("worktree", "prune", cwd=repository)


def _sweep(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if time.time() - left.lstat().st_mtime > LEFT_BEHIND_SECONDS:
            clear(left)
