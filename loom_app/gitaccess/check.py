"""Whether a project's repository can be reached, read and written, tried for real and without changing anything."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from loom_app.git.complaints import complaint_of
from loom_app.git.names import HEADS
from loom_app.git.output import Output
from loom_app.git.runner import attempt, git
from loom_app.gitaccess import service
from loom_app.gitaccess.reach import Reach
from loom_app.kernel.database import Database
from loom_app.kernel.ids import new_id
from loom_app.projects import service as projects
from loom_app.projects.models import Project

SECONDS = 45.0
LOOM = ("-c", "user.name=Loom", "-c", "user.email=loom@loom.invalid")


@dataclass(frozen=True)
class Finding:
    """What was found. `code` is empty when all is well, and `message` always a sentence.

    `may_push` and `empty` are None where that could not be learnt.
    """

    reachable: bool
    message: str
    code: str = ""
    may_push: bool | None = None
    empty: bool | None = None
    default_branch: str = ""
    has_branch: bool = False

    @property
    def is_well(self) -> bool:
        """Whether work can be fetched and delivered."""
        return self.reachable and not self.code


async def check(db: Database, project_id: str) -> Finding:
    """Tries the project's repository: by its newest key, and where that does not do, by those that still hold."""
    async with db.read() as tx:
        project = await projects.get(tx, project_id)
        keys = await service.keys(tx, project_id)
    if not project.git_repo:
        return Finding(True, "Loom holds this project's only copy; there is nothing to reach.", may_push=True)
    found = await _tried(project, Reach(db, project_id, newest=True))
    if found.is_well or len(keys) < 2:
        return found
    before = await _tried(project, Reach(db, project_id))
    if not before.is_well:
        return found
    also = f"Work goes on by the earlier key. By the new one, {keys[0].fingerprint}: {found.message}"
    return Finding(True, also, "new_key_not_working", True, before.empty, before.default_branch, before.has_branch)


async def _tried(project: Project, reach: Reach) -> Finding:
    try:
        async with asyncio.timeout(SECONDS):
            with tempfile.TemporaryDirectory(prefix="loom-") as folder:
                return await _Trial(project, reach, Path(folder)).done()
    except TimeoutError:
        said = f"{project.git_repo}: its host did not answer within {SECONDS:.0f} s. Check the address and the network."
        return Finding(False, said, "remote_gone")


class _Trial:
    """One look at a repository from an empty folder."""

    def __init__(self, project: Project, reach: Reach, folder: Path) -> None:
        self._project, self._reach, self._folder = project, reach, folder

    async def done(self) -> Finding:
        await git("init", "--bare", "--quiet", cwd=self._folder)
        listed = await self._remotely("ls-remote", "--symref", self._project.git_repo, "HEAD", f"{HEADS}*")
        if listed.code != 0:
            complaint = complaint_of(listed)
            return Finding(False, f"{self._project.git_repo}: {complaint.sentence}", complaint.code)
        pushed = await self._pushed()
        return self._judged(listed.stdout.splitlines(), pushed)

    async def _pushed(self) -> Output:
        tree = (await git("mktree", cwd=self._folder, stdin="")).strip()
        commit = (await git(*LOOM, "commit-tree", "-m", "Check", tree, cwd=self._folder)).strip()
        target = f"{commit}:{HEADS}{new_id('loom-check')}"
        return await self._remotely("push", "--dry-run", "--porcelain", self._project.git_repo, target)

    async def _remotely(self, *arguments: str) -> Output:
        async with self._reach.session(self._project.git_repo) as session:
            return await attempt(*arguments, cwd=self._folder, session=session)

    def _judged(self, lines: list[str], pushed: Output) -> Finding:
        named = [line.partition("\t") for line in lines]
        heads = {name.removeprefix(HEADS) for _, _, name in named if name.startswith(HEADS)}
        default = next((what[5:].removeprefix(HEADS) for what, _, _ in named if what.startswith("ref: ")), "")
        code, message = self._problem(heads, pushed)
        return Finding(True, message, code, pushed.code == 0, not heads, default, self._project.branch in heads)

    def _problem(self, heads: set[str], pushed: Output) -> tuple[str, str]:
        where, branch = self._project.git_repo, self._project.branch
        if pushed.code != 0:
            complaint = complaint_of(pushed)
            return complaint.code, f"{where} can be read. Pushing was refused: {complaint.sentence}"
        if heads and branch not in heads:
            some = ", ".join(sorted(heads)[:10])
            return "no_such_branch", f"{where} can be read and written, but has no branch {branch!r}. It has: {some}."
        return "", f"{where} can be read and written{'' if heads else '; it is empty, and Loom begins it'}."
