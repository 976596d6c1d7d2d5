"""One worktree per run: where an agent works, commits, and from where its work lands as one commit."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from loom_app.git.checkout import LOOM, Checkout
from loom_app.git.complaints import said
from loom_app.git.runner import GitFailed, attempt, git
from loom_app.git.staged import Rules, look_through
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.sandbox.gitplaces import nested_repositories
from loom_app.sandbox.trees import clear

DIFF_LIMIT = 400_000
MARKS = ("Run", "Patch")
"""Trailers by one of which a commit on the project's branch is known to be of this worktree."""
BEFORE = "-before"
"""Ends the name of the folder beside a worktree that has the project's branch without its work."""


@dataclass(frozen=True)
class Author:
    """Whom commits are by."""

    name: str
    email: str

    @property
    def options(self) -> tuple[str, ...]:
        """What git is told before the command."""
        return ("-c", f"user.name={self.name}", "-c", f"user.email={self.email}")


@dataclass(frozen=True)
class Committed:
    """A commit: its hash, its subject and the files it changed."""

    sha: str
    subject: str
    files: list[str]


@dataclass(frozen=True)
class Landing:
    """How landing went: the commit on the project's branch, the files in conflict, or neither: nothing changed."""

    commit: str = ""
    conflicts: tuple[str, ...] = ()


class Worktree:
    """The folder of one run on a branch of its own, `agent/<bead>/<slug>`."""

    def __init__(
        self,
        checkout: Checkout,
        folder: Path,
        branch: str,
        author: Author,
        trailers: dict[str, str],
        rules: Rules | None = None,
    ) -> None:
        self.checkout, self.folder, self.branch = checkout, folder, branch
        self._author, self._trailers, self._rules = author, trailers, rules or Rules()
        self._mark = next(name for name in MARKS if name in trailers)

    async def open(self, *, resume: bool = False, at: str = "") -> bool:
        """Makes the worktree at the tip of the project's branch, or at the commit `at` unless that is gone.

        A whole one that is there already is left as it is.

        With `resume`, the branch an earlier run left is gone on with where there is one. Answers whether it was.
        """
        if await self._is_whole():
            return resume
        repository = self.checkout.folder
        await git("worktree", "prune", cwd=repository)
        await self._free_branch()
        await asyncio.to_thread(clear, self.folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        left = await attempt("rev-parse", "--verify", f"refs/heads/{self.branch}", cwd=repository)
        if resume and left.code == 0:
            await git("worktree", "add", str(self.folder), self.branch, cwd=repository)
            return True
        start = at if at and await self._has(at) else self.checkout.branch
        await git("worktree", "add", "-B", self.branch, str(self.folder), start, cwd=repository)
        return False

    async def _is_whole(self) -> bool:
        """Whether the folder has all files: while git fills it, it is locked, and stays so when git is killed."""
        if not (self.folder / ".git").exists():
            return False
        told = await attempt("rev-parse", "--git-path", "locked", cwd=self.folder)
        return told.code == 0 and not (self.folder / told.stdout.strip()).exists()

    async def _has(self, commit: str) -> bool:
        return (await attempt("cat-file", "-e", f"{commit}^{{commit}}", cwd=self.checkout.folder)).code == 0

    async def open_afresh(self, at: str) -> None:
        """Makes the worktree anew with its branch at the commit `at`. Raises Invalid when that is gone."""
        repository = self.checkout.folder
        if not await self._has(at):
            raise Invalid(f"The commit {at[:12]} is gone from the project's repository.", code="commit_gone")
        await self.close(keep_branch=True)
        await self._free_branch()
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        await git("worktree", "add", "-B", self.branch, str(self.folder), at, cwd=repository)

    async def keep_author(self) -> None:
        """Has what is committed from here on be by whoever made the last commit."""
        said = await git("log", "-1", "--format=%an%x00%ae", cwd=self.folder)
        name, _, email = said.strip().partition("\0")
        self._author = Author(name, email)

    async def close(self, *, keep_branch: bool) -> None:
        """Removes the folder, and the branch unless it is to be kept."""
        await attempt("worktree", "remove", "--force", "--force", str(self.folder), cwd=self.checkout.folder)
        await asyncio.to_thread(clear, self.folder)
        await attempt("worktree", "prune", cwd=self.checkout.folder)
        if not keep_branch:
            await self.checkout.forget_branch(self.branch)

    async def status(self) -> str:
        """`git status` in short form with the branch."""
        await self.refuse_nested()
        return await git("status", "--short", "--branch", cwd=self.folder)

    async def diff(self) -> str:
        """Everything that differs from the last commit, new files included."""
        await self.refuse_nested()
        await git("add", "--intent-to-add", "--all", cwd=self.folder)
        return await git("diff", "HEAD", cwd=self.folder)

    async def whole_diff(self) -> str:
        """The run's whole change since it branched off, cut at 400,000 characters with a line that says so."""
        await self.refuse_nested()
        await git("add", "--intent-to-add", "--all", cwd=self.folder)
        diff = await git("diff", await self._base(), cwd=self.folder)
        cut = f"\n… {len(diff) - DIFF_LIMIT} more characters are not kept\n"
        return diff if len(diff) <= DIFF_LIMIT else diff[:DIFF_LIMIT] + cut

    async def changed_paths(self) -> list[str]:
        """The files that the run has changed since it branched off."""
        await self.refuse_nested()
        await git("add", "--intent-to-add", "--all", cwd=self.folder)
        said = await git("diff", "--name-only", "--no-renames", "-z", await self._base(), cwd=self.folder)
        return [path for path in said.split("\0") if path]

    async def commit(self, message: str, files: list[str], key: str) -> Committed | None:
        """Commits `files` (all changes when empty) by the agent; None when nothing changed.

        `key` makes it happen once: a commit that carries it already is the answer. Raises Invalid for what may not be
        committed: conflict markers, secrets, huge files, links that lead out.
        """
        already, _ = await asyncio.gather(self.made_by(key), self.refuse_nested())
        if already is not None:
            return already
        await git("add", "--all", "--", *(files or ["."]), cwd=self.folder)
        changed = await look_through(self.folder, "HEAD", self._rules)
        if not changed:
            return None
        sha, subject = await self._write_commit(message, {**self._trailers, "Action": key})
        return Committed(sha, subject, changed)

    async def made_by(self, key: str) -> Committed | None:
        """The newest commit, when it is the one of `key`."""
        said = await git("log", "-1", "--format=%(trailers:key=Action,valueonly)", cwd=self.folder)
        return await self._described("HEAD") if said.strip() == key else None

    async def adopt(self, files: str, message: str, key: str, *parents: str) -> Committed:
        """Commits the tree object `files` by the agent after the newest commit and `parents`, and moves on to it.

        Raises Conflict as `move_on`.
        """
        told = {**self._trailers, "Action": key}.items()
        trailers = [option for name, value in told for option in ("--trailer", f"{name}: {value}")]
        text = await git("interpret-trailers", *trailers, cwd=self.folder, stdin=f"{message.strip()}\n")
        joined = [option for parent in ("HEAD", *parents) for option in ("-p", parent)]
        made = await git(*self._author.options, "commit-tree", files, *joined, "-F", "-", cwd=self.folder, stdin=text)
        return await self.move_on(made.strip())

    async def move_on(self, commit: str) -> Committed:
        """Moves branch and folder on to a commit that follows the newest one.

        Raises Conflict when open changes of the same files are in the way; nothing has changed then.
        """
        moved = await attempt("merge", "--ff-only", "--quiet", commit, cwd=self.folder)
        if moved.code == 0:
            return await self._described("HEAD")
        files = [line.strip() for line in moved.stderr.splitlines() if line.startswith("\t")]
        if not files:
            raise GitFailed(f"{self.branch} could not be moved on to {commit[:12]}: {said(moved)}")
        raise Conflict(
            f"There are uncommitted changes of yours in {', '.join(files[:10])}, which this would change, too. Nothing "
            "was changed. Commit yours with git_commit first, then repeat this.",
            code="changes_in_the_way",
        )

    async def land(self, message: str) -> Landing:
        """Puts everything this run changed on the project's branch as one commit. Call it under the checkout's lock.

        Done once: a branch that has this run's commit already answers it. On conflict the project's branch is
        untouched and the worktree holds both sides between conflict markers on top of it.
        """
        landing = await self.stack(message)
        if landing.commit and not await self.landed():
            await self.advance()
        return landing

    async def stack(self, message: str) -> Landing:
        """Makes one commit of this run's changes on top of the project's branch, which stays where it is.

        Its own commit on the project's branch is the answer when it is there already.
        """
        landed = await self.landed()
        if landed or not await self.squash(message):
            return Landing(commit=landed)
        conflicts = await self._rebase()
        if conflicts:
            return Landing(conflicts=tuple(conflicts))
        return Landing(commit=(await git("rev-parse", "HEAD", cwd=self.folder)).strip())

    async def advance(self) -> None:
        """Moves the project's branch to the commit that `stack` made. Raises GitFailed when it stands elsewhere now."""
        moved = await self.checkout.fast_forward(self.branch)
        if moved.code != 0:
            raise GitFailed(f"{self.branch} could not be put on {self.checkout.branch}: {said(moved)}")

    async def discard(self) -> None:
        """Puts the folder back to the last commit; what is ignored stays."""
        await git("reset", "--hard", cwd=self.folder)
        await git("clean", "-ffdq", cwd=self.folder)

    async def save(self, message: str) -> None:
        """Commits everything as it is, unexamined, for whoever goes on with the branch."""
        await git("add", "--all", cwd=self.folder)
        if (await attempt("diff", "--cached", "--quiet", "HEAD", cwd=self.folder)).code != 0:
            await self._write_commit(message, self._trailers)

    async def undo(self, commit: str) -> list[str]:
        """Takes the change of `commit` back in the folder. Answers the files where later changes are in the way."""
        undone = await attempt(*self._author.options, "revert", "--no-commit", commit, cwd=self.folder)
        if undone.code == 0:
            return []
        listed = await git("diff", "--name-only", "--diff-filter=U", cwd=self.folder)
        if not listed:
            raise GitFailed(f"{commit[:12]} could not be taken back: {said(undone)}")
        return listed.splitlines()

    @asynccontextmanager
    async def before(self, at: str = "") -> AsyncIterator[Path]:
        """A folder with the project's branch as it stands, without this run's work, or with `at`; gone afterwards."""
        folder = self.folder.with_name(f"{self.folder.name}{BEFORE}")
        await asyncio.to_thread(clear, folder)
        await git("worktree", "prune", cwd=self.checkout.folder)
        try:
            await git("worktree", "add", "--detach", str(folder), at or self.checkout.branch, cwd=self.checkout.folder)
            yield folder
        finally:
            await asyncio.to_thread(clear, folder)
            await git("worktree", "prune", cwd=self.checkout.folder)

    async def landed(self) -> str:
        """The run's commit on the project's branch; "" when there is none yet."""
        return await self.commit_of(self._trailers[self._mark], self._mark)

    async def commit_of(self, name: str, mark: str = "Run") -> str:
        """The commit on the project's branch that the trailer `mark` says is of `name`; "" when there is none."""
        wanted = f"^{mark}: {re.escape(name)}$"
        log = await git("log", "-1", "--format=%H", f"--grep={wanted}", self.checkout.branch, cwd=self.checkout.folder)
        return log.strip()

    async def squash(self, message: str) -> str:
        """Makes one commit of the run's commits and open changes; its hash, or "" when nothing changed."""
        await self.refuse_nested()
        await git("add", "--all", cwd=self.folder)
        base = await self._base()
        if not await look_through(self.folder, base, self._rules):
            return ""
        await git("reset", "--soft", base, cwd=self.folder)
        sha, _ = await self._write_commit(message, self._trailers)
        return sha

    async def messages(self) -> list[str]:
        """The messages of the run's own commits without their trailers, oldest first."""
        log = await git(
            "log", "--reverse", "--first-parent", "--format=%B%x00%(trailers)%x00", f"{await self._base()}..HEAD",
            cwd=self.folder,
        )  # fmt: skip
        parts = log.split("\0")
        pairs = zip(parts[::2], parts[1::2], strict=False)
        return [body.strip().removesuffix(trailers.strip()).strip() for body, trailers in pairs]

    async def _write_commit(self, message: str, trailers: dict[str, str]) -> tuple[str, str]:
        """Commits what is staged; the new commit's hash and subject, as git tells them."""
        lines = [option for name, value in trailers.items() for option in ("--trailer", f"{name}: {value}")]
        options = (*self._author.options, "-c", "core.abbrev=no")
        told = await git(
            *options, "commit", "--no-verify", "--cleanup=strip", *lines, "-F", "-", cwd=self.folder, stdin=message
        )
        made = re.match(r"\[.*?([0-9a-f]{40,64})\] (.*)", told)
        if made is None:
            raise GitFailed(f"git commit did not say what it made in {self.folder.name}: {told[:200]}")
        return made[1], made[2]

    async def _rebase(self) -> list[str]:
        target = self.checkout.branch
        rebased = await attempt(*self._author.options, "rebase", target, cwd=self.folder)
        if rebased.code == 0:
            return []
        listed = await git("diff", "--name-only", "--diff-filter=U", cwd=self.folder)
        conflicts = listed.splitlines()
        if not conflicts:
            await attempt("rebase", "--abort", cwd=self.folder)
            raise Invalid(
                f"The work could not be put on {target}: {rebased.stderr.strip()[-500:]}", code="rebase_failed"
            )
        await git("add", "--all", cwd=self.folder)
        await git(*LOOM, "-c", "core.editor=true", "rebase", "--continue", cwd=self.folder)
        await git("reset", "--soft", target, cwd=self.folder)
        return conflicts

    async def refuse_nested(self) -> None:
        """A repository inside the worktree could bring filters that git, outside the sandbox, would run."""
        found = await asyncio.to_thread(nested_repositories, self.folder)
        if found:
            names = ", ".join(f"{name}/.git" for name in found[:5])
            raise Invalid(
                f"There are git repositories inside the worktree: {names}. Delete those folders with run_command "
                "(rm -rf), then repeat this.",
                code="nested_repository",
            )

    async def _base(self) -> str:
        return (await git("merge-base", "HEAD", self.checkout.branch, cwd=self.folder)).strip()

    async def _described(self, name: str) -> Committed:
        shown = await git("show", "-m", "--first-parent", "--name-only", "--format=%H%n%s", name, cwd=self.folder)
        sha, subject, *rest = shown.splitlines()
        return Committed(sha, subject, [line for line in rest if line])

    async def _free_branch(self) -> None:
        """Removes what an earlier run of the same bead left holding the branch."""
        listed = await git("worktree", "list", "--porcelain", cwd=self.checkout.folder)
        for block in listed.split("\n\n"):
            fields = dict(line.partition(" ")[::2] for line in block.splitlines())
            if fields.get("branch") == f"refs/heads/{self.branch}":
                await attempt("worktree", "remove", "--force", "--force", fields["worktree"], cwd=self.checkout.folder)
