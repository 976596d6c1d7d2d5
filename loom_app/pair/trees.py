"""The bead's worktree while an answer needs it: opened with the first action, what was changed committed after each."""

from dataclasses import dataclass

from loom_app.actions.results import ActionResult
from loom_app.actions.types import Reply
from loom_app.config import Settings
from loom_app.git.runner import git
from loom_app.git.worktree import Worktree
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.pair import repository
from loom_app.runs import guard, service
from loom_app.runs.acting import perform
from loom_app.runs.hands import Hands
from loom_app.runs.landing import UNFINISHED
from loom_app.runs.models import Turn
from loom_app.runs.workplace import Job, worktree_of

DIFF_CHARACTERS = 60_000


@dataclass(frozen=True)
class Kept:
    """What stands on the branch: its newest commit, and everything that it changes."""

    commit: str
    diff: str


class Desk:
    """Where the actions of one answer are carried out."""

    def __init__(self, db: Database, settings: Settings, run_id: str) -> None:
        self._db, self._settings, self._run_id = db, settings, run_id
        self._tree: Worktree | None = None
        self._title = ""
        self._before = ""
        self._keeps_branch = self._changed = self._is_shut = False

    async def open(self, job: Job) -> Worktree:
        """The worktree, made where it is not: it goes on with what lies on the bead's branch. Raises GitFailed."""
        if self._tree is None:
            tree = worktree_of(self._db, job, self._settings)
            async with tree.checkout.locked():
                await tree.checkout.ensure()
                self._keeps_branch = await tree.open(resume=True)
            self._tree, self._title, self._before = tree, job.bead.title, await _head(tree)
        return self._tree

    async def perform(self, hands: Hands, turn: Turn, reply: Reply) -> list[ActionResult]:
        """What came of the actions, once what they changed is committed and noted on the turn."""
        try:
            return await perform(hands, turn, reply)
        finally:
            if any(action.effect != "read" for action in reply.actions):
                await self.keep(turn.number)

    def handed_in(self, *, keep_branch: bool) -> None:
        """Says that the work has left the branch, which is kept where people look at it first."""
        self._keeps_branch, self._changed = keep_branch, False

    def shut(self) -> None:
        """Keeps nothing of what was changed since the last commit."""
        self._is_shut = True

    async def leave(self) -> tuple[Kept | None, str]:
        """Ends the work in the folder. Answers what stands on the branch, None where nothing was changed by this, and
        what could not be kept."""
        tree = self._tree
        if tree is None:
            return None, ""
        problem = ""
        is_kept = self._changed and not self._is_shut
        kept = Kept(await _head(tree), await service.diff_of(tree)) if is_kept else None
        try:
            async with tree.checkout.locked():
                await tree.close(keep_branch=self._keeps_branch or self._changed)
        except LoomError as error:
            problem = error.message
        return kept, problem

    async def keep(self, number: int) -> None:
        """Commits what the turn changed, and notes it there. Raises Invalid for repositories within the worktree."""
        tree = self._tree
        assert tree is not None
        if self._is_shut:
            return
        await tree.refuse_nested()
        await tree.save(f"{UNFINISHED}{self._title}")
        before, self._before = self._before, await _head(tree)
        if self._before == before:
            return
        self._changed = True
        diff = await git("diff", before, self._before, cwd=tree.folder)
        left = len(diff) - DIFF_CHARACTERS
        cut = f"\n… {left} more characters are not shown\n" if left > 0 else ""
        async with self._db.write() as tx:
            await guard.held(tx, self._run_id, self._settings.runs.lease_seconds)
            (await repository.turn(tx, self._run_id, number)).diff = diff[:DIFF_CHARACTERS] + cut


async def _head(tree: Worktree) -> str:
    return (await git("rev-parse", "HEAD", cwd=tree.folder)).strip()
