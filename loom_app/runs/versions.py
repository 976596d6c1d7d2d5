"""Git as the actions of a run see it: its own worktree, and what others did, to look at and to take in."""

from collections.abc import Sequence

from loom_app.actions.context import CommitInfo
from loom_app.git import joining, telling
from loom_app.git.worktree import Committed, Worktree
from loom_app.kernel.errors import Conflict


class RunRepository:
    """The repository of one run."""

    def __init__(self, tree: Worktree) -> None:
        self._tree = tree

    async def git_status(self) -> str:
        return await self._tree.status()

    async def git_diff(self) -> str:
        return await self._tree.diff()

    async def git_log(self, branch: str, most: int) -> str:
        return await telling.log(self._tree, branch, most)

    async def git_branches(self) -> str:
        return await telling.branches(self._tree)

    async def git_diff_branches(self, source: str, target: str) -> str:
        return await telling.difference(self._tree, source, target)

    async def changed_paths(self) -> list[str]:
        return await self._tree.changed_paths()

    async def git_bead_commits(self, bead_id: str) -> str:
        return await telling.of_bead(self._tree, bead_id)

    async def fetch(self) -> str:
        return await telling.news(self._tree)

    async def commit(self, message: str, files: Sequence[str], key: str) -> CommitInfo:
        made = await self._tree.commit(message, list(files), key)
        if made is None:
            raise Conflict("Nothing has changed since the last commit.", code="nothing_to_commit")
        return self._told(made)

    async def merge(self, source: str, message: str, key: str, *, no_ff: bool) -> CommitInfo | None:
        made = await joining.merge(self._tree, source, message, key, no_ff=no_ff)
        return self._told(made) if made else None

    async def revert(self, commits: Sequence[str], reason: str, key: str) -> CommitInfo:
        return self._told(await joining.take_back(self._tree, commits, reason, key))

    async def take_files(self, branch: str, files: Sequence[str]) -> list[str]:
        return await joining.take_files(self._tree, branch, files)

    def _told(self, made: Committed) -> CommitInfo:
        return CommitInfo(made.sha, tuple(made.files), self._tree.branch, made.subject)
