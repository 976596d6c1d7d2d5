"""A copy of a repository in which a process died: what it left half done is undone, and nothing committed is lost."""

import asyncio
import time
from pathlib import Path

from loom_app.git.names import HEADS
from loom_app.git.runner import attempt

MOVING = "loom-moving"
"""Where in .git stands what the project's branch is moved to, while it is."""
OLD_SECONDS = 5.0
"""After how long a lock nobody gave up is taken for that of a dead process; git holds one for a moment."""
POLL_SECONDS = 0.05
LOCKED = ("index", "HEAD", "config", "packed-refs")


async def recover(folder: Path, branch: str) -> None:
    """Brings the copy in `folder` to where one can go on from. Call it alone with the repository."""
    inside = folder / ".git"
    if not inside.is_dir():
        return
    await _break_locks(inside)
    if (inside / "rebase-merge").exists() or (inside / "rebase-apply").exists():
        await attempt("rebase", "--abort", cwd=folder)
    mark = inside / MOVING
    if mark.exists():
        await attempt("checkout", "--force", "--detach", mark.read_text(), "--", cwd=folder)
        await attempt("symbolic-ref", "HEAD", f"{HEADS}{branch}", cwd=folder)
        await attempt("reset", "--hard", cwd=folder)
        mark.unlink()


async def _break_locks(inside: Path) -> None:
    """Takes away the locks that stay; one that somebody alive holds is gone in a moment."""
    held = {lock: stamp for lock in _locks(inside) if (stamp := _stamp(lock))}
    while held and time.time() - max(held.values()) < OLD_SECONDS:
        await asyncio.sleep(POLL_SECONDS)
        held = {lock: stamp for lock, stamp in held.items() if _stamp(lock) == stamp}
    for lock in held:
        lock.unlink(missing_ok=True)


def _locks(inside: Path) -> list[Path]:
    return [*(inside / f"{name}.lock" for name in LOCKED), *(inside / "refs").rglob("*.lock")]


def _stamp(lock: Path) -> float:
    """When the lock was taken; 0 when it was given up."""
    try:
        return lock.stat().st_mtime
    except OSError:
        return 0.0
