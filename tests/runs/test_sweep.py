"""What dead processes left in the folder of worktrees goes; what a run at work has there stays."""

from pathlib import Path

from loom_app.config import Settings
from loom_app.git.worktree import BEFORE
from loom_app.kernel.database import Database
from loom_app.runs.sweep import remove_leftovers
from tests.runs.stage import set_up


async def test_only_what_no_live_run_uses_is_removed(db: Database, settings: Settings, tmp_path: Path) -> None:
    """A run compares with the branch as it was in a folder of its own beside its worktree, however long that takes."""
    stage = await set_up(db, settings, tmp_path)
    place = stage.folder.parent
    for name in (f"{stage.run_id}{BEFORE}", "run-gone", f"run-gone{BEFORE}"):
        (place / name).mkdir()
    assert sorted(await remove_leftovers(db, settings)) == ["run-gone", f"run-gone{BEFORE}"]
    assert sorted(path.name for path in place.iterdir()) == [stage.run_id, f"{stage.run_id}{BEFORE}"]
