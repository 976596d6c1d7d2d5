"""A project's own copy of its repository: made, brought up to date, delivered to where it came from."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import AsyncFileLock, Timeout

from loom_app.kernel.errors import Unavailable
from loom_app.projects.git import GitFailed, attempt, git

JUNK = (
    "__pycache__/\n*.pyc\n.pytest_cache/\n.mypy_cache/\n.ruff_cache/\nnode_modules/\n.venv/\n.DS_Store\n.loom-*.tmp\n"
)
LOCK_SECONDS = 300.0
LOCK_POLL = 0.02
LOOM = ("-c", "user.name=Loom", "-c", "user.email=loom@loom.invalid")


@dataclass(frozen=True)
class Checkout:
    """Where the copy is and where it came from; an empty `origin` means this copy is the only one."""

    folder: Path
    origin: str
    branch: str

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Alone with the repository, over all of Loom's processes. Raises Unavailable after five minutes."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = AsyncFileLock(self.folder.parent / "lock", timeout=LOCK_SECONDS, poll_interval=LOCK_POLL)
        try:
            await lock.acquire()
        except Timeout as error:
            raise Unavailable(f"The repository of {self.folder.parent.name} has been busy for minutes.") from error
        try:
            yield
        finally:
            await lock.release()

    async def ensure(self) -> str:
        """Makes the copy if need be and brings it up to date. Answers what is amiss, in a sentence, or "".

        Raises GitFailed when there is nothing to work on.
        """
        if not (self.folder / ".git").exists():
            await self._make()
            return ""
        return await self._refresh() if self.origin else ""

    async def head(self) -> str:
        """The commit at the tip of the project's branch."""
        return (await git("rev-parse", "--verify", f"refs/heads/{self.branch}", cwd=self.folder)).strip()

    async def deliver(self) -> str:
        """Takes the project's branch to its origin. Answers what went wrong, in a sentence, or ""."""
        if not self.origin:
            return ""
        if await self._is_checked_out_there():
            return await self._deliver_to_checkout(Path(self.origin))
        pushed = await attempt(
            "push", "--porcelain", "origin", f"refs/heads/{self.branch}:refs/heads/{self.branch}",
            cwd=self.folder, remote=True,
        )  # fmt: skip
        return "" if pushed.code == 0 else f"Finished work could not be pushed to {self.origin}: {_last(pushed.stderr)}"

    async def push_branch(self, name: str) -> str:
        """Takes the branch `name` to the origin. Answers what went wrong or ""."""
        if not self.origin:
            return ""
        pushed = await attempt("push", "--force-with-lease", "origin", name, cwd=self.folder, remote=True)
        return "" if pushed.code == 0 else f"{name} could not be pushed to {self.origin}: {_last(pushed.stderr)}"

    async def _make(self) -> None:
        if not self.origin and self.folder.parent.joinpath("made").exists():
            raise GitFailed(
                f"The repository {self.folder} is gone and Loom held its only copy. Put it back from a backup, "
                "or set the project's git_repo to where it can be cloned from.",
                code="repository_gone",
            )
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if self.origin:
            await git("clone", "--no-local", "--", self.origin, self.folder.name, cwd=self.folder.parent, remote=True)
        else:
            await git("init", "-b", self.branch, self.folder.name, cwd=self.folder.parent)
        await self._on_branch()
        (self.folder / ".git" / "info").mkdir(exist_ok=True)
        (self.folder / ".git" / "info" / "exclude").write_text(JUNK)
        (self.folder.parent / "made").touch()

    async def _on_branch(self) -> None:
        """Checks the project's branch out; begins it with an empty commit in a repository without any."""
        here = await attempt("rev-parse", "--verify", f"refs/heads/{self.branch}", cwd=self.folder)
        there = await attempt("rev-parse", "--verify", f"refs/remotes/origin/{self.branch}", cwd=self.folder)
        if here.code == 0:
            await git("checkout", self.branch, "--", cwd=self.folder)
        elif there.code == 0:
            await git("checkout", "-B", self.branch, "--track", f"origin/{self.branch}", cwd=self.folder)
        elif (await attempt("rev-parse", "--verify", "HEAD", cwd=self.folder)).code == 0:
            raise GitFailed(f"{self.origin or self.folder} has no branch {self.branch!r}.", code="no_such_branch")
        else:
            await git("checkout", "-B", self.branch, cwd=self.folder)
            await git(*LOOM, "commit", "--allow-empty", "-m", "Begin", cwd=self.folder)

    async def _refresh(self) -> str:
        fetched = await attempt("fetch", "--prune", "origin", cwd=self.folder, remote=True)
        if fetched.code != 0:
            return f"{self.origin} does not answer, so work goes on from the last copy: {_last(fetched.stderr)}"
        ours, theirs = f"refs/heads/{self.branch}", f"refs/remotes/origin/{self.branch}"
        if (await attempt("rev-parse", "--verify", theirs, cwd=self.folder)).code != 0:
            return f"{self.origin} has no branch {self.branch!r} any more, so work goes on from the last copy."
        if await self._contains(ours, theirs):
            return ""
        step = ("merge", "--ff-only", theirs) if await self._contains(theirs, ours) else (*LOOM, "rebase", theirs)
        moved = await attempt(*step, cwd=self.folder)
        if moved.code != 0:
            await attempt("rebase", "--abort", cwd=self.folder)
            return f"{self.folder} could not follow {self.origin}: {_last(moved.stderr or moved.stdout)}"
        return ""

    async def _contains(self, whole: str, part: str) -> bool:
        return (await attempt("merge-base", "--is-ancestor", part, whole, cwd=self.folder)).code == 0

    async def _is_checked_out_there(self) -> bool:
        there = Path(self.origin)
        if not there.is_absolute() or not (there / ".git").exists():
            return False
        head = await attempt("symbolic-ref", "--short", "HEAD", cwd=there)
        return head.stdout.strip() == self.branch

    async def _deliver_to_checkout(self, there: Path) -> str:
        """A push to a checked-out branch is refused by git; that checkout fetches and fast-forwards instead."""
        source = f"refs/heads/{self.branch}"
        await git("fetch", "--no-tags", str(self.folder), source, cwd=there)
        merged = await attempt("merge", "--ff-only", "FETCH_HEAD", cwd=there)
        said = _last(merged.stderr or merged.stdout)
        return "" if merged.code == 0 else f"{there} could not be fast-forwarded to the finished work: {said}"


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[-3:])[:500] or "git gave no reason"
