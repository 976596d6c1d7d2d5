"""A project's own copy of its repository: made, brought up to date, delivered to where it came from."""

import asyncio
import shlex
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from filelock import AsyncFileLock, Timeout

from loom_app.git.complaints import complaint_of, explained, said
from loom_app.git.names import HEADS, checked_branch, refuse_protected
from loom_app.git.output import Output
from loom_app.git.progress import Report
from loom_app.git.recovery import MOVING, recover
from loom_app.git.runner import MERGE_BEADS, GitFailed, attempt, git
from loom_app.git.session import Access, Anonymous
from loom_app.git.turns import in_turn
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Unavailable

JUNK = (
    "__pycache__/\n*.pyc\n.pytest_cache/\n.mypy_cache/\n.ruff_cache/\nnode_modules/\n.venv/\n.DS_Store\n.loom-*.tmp\n"
)
ATTRIBUTES = "issues.jsonl merge=loom-beads\n"
CLASHES = "loom-clashes.jsonl"
"""Where in .git the merges of bead files tell which values they had to choose between."""
LOCK_SECONDS = 300.0
LOCK_POLL = 0.02
DELIVERIES = 3
"""How often finished work is put on top of what others pushed in between and sent again."""
PUSHED = "refs/loom/pushed/"
"""Where a branch stood when Loom last pushed it."""
PROVED, REFUSED = "refs/loom/proved", "refs/loom/refused"
"""What the project's tests passed on, and failed on, of what waits to be delivered."""
UNPROVED = (
    "Finished work waits to be delivered and was not tested as it stands now, since others pushed or Loom was stopped "
    "in between. It is tested first and delivered then."
)
LOOM = ("-c", "user.name=Loom", "-c", "user.email=loom@loom.invalid")


@dataclass(frozen=True)
class Checkout:
    """Where the copy is and where it came from; an empty `origin` means this copy is the only one."""

    folder: Path
    origin: str
    branch: str
    access: Access = field(default_factory=Anonymous, compare=False, repr=False)
    report: Report | None = field(default=None, compare=False, repr=False)
    """Hears how far a clone, a fetch or a push is."""
    protected: tuple[str, ...] = field(default=(), compare=False)
    """Patterns of branches nobody pushes to by name, besides the project's own."""
    untested: str = field(default="", compare=False)
    """The folder whose changes need no tests; empty where the project has none."""

    @property
    def clashes(self) -> Path:
        """The JSON lines of what following the origin had to choose between in bead files; who reads removes it."""
        return self.folder / ".git" / CLASHES

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Alone with the repository, over all of Loom's processes; what one that died left half done is undone first.

        Raises Unavailable after five minutes.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = AsyncFileLock(self.folder.parent / "lock", timeout=LOCK_SECONDS, poll_interval=LOCK_POLL)
        try:
            await lock.acquire()
        except Timeout as error:
            raise Unavailable(f"The repository of {self.folder.parent.name} has been busy for minutes.") from error
        try:
            await recover(self.folder, self.branch)
            yield
        finally:
            await lock.release()

    def turn(self, asked: datetime | None = None) -> AbstractAsyncContextManager[None]:
        """Its place in the queue of those who put work on the project's branch, one at a time, in order of asking."""
        return in_turn(self.folder.parent / "queue", asked=asked)

    async def ensure(self) -> str:
        """Makes the copy if need be and brings it up to date. Answers what is amiss, in a sentence, or "".

        Raises GitFailed when there is nothing to work on.
        """
        await self._put_aside_another()
        if not (self.folder / ".git").exists():
            await self._make()
            return ""
        self._explain_files()
        return await self.follow()

    async def follow(self) -> str:
        """Takes over what people did at the origin since. Answers why that failed, in a sentence, or ""."""
        return await self._refresh() if self.origin else ""

    async def head(self) -> str:
        """The commit at the tip of the project's branch."""
        return (await git("rev-parse", "--verify", f"refs/heads/{self.branch}", cwd=self.folder)).strip()

    async def at_hand(self) -> Path | None:
        """The checkout people work in, where the origin is one of this branch on this machine."""
        there = self._local_origin()
        return there if there is not None and await self._is_checked_out_at(there) else None

    async def is_ahead(self) -> bool:
        """Whether the project's branch has commits that its origin lacks, as far as this copy knows."""
        return bool(self.origin) and not await self._contains(
            f"refs/remotes/origin/{self.branch}", f"refs/heads/{self.branch}"
        )

    async def owes(self) -> bool:
        """Whether a run's work or a person's patch is on the project's branch and not yet at its origin."""
        theirs, ours = f"refs/remotes/origin/{self.branch}", f"{HEADS}{self.branch}"
        asked = ("log", "-1", "--format=%H", "--extended-regexp", "--grep=^(Run|Patch): ", f"{theirs}..{ours}")
        found = await attempt(*asked, cwd=self.folder)
        return bool(self.origin and found.stdout.strip())

    async def fast_forward(self, target: str) -> Output:
        """Moves the project's branch on to `target`, as one step to whoever comes after a crash."""
        mark = self.folder / ".git" / MOVING
        mark.write_text(target)
        moved = await attempt("merge", "--ff-only", target, cwd=self.folder)
        mark.unlink()
        return moved

    async def moved_only(self, since: str, folder: str) -> bool:
        """Whether nothing outside `folder` differs on the project's branch since the commit `since`."""
        changed = await git("diff", "--name-only", "-z", since, f"refs/heads/{self.branch}", "--", cwd=self.folder)
        return all(path.startswith(f"{folder.strip('/')}/") for path in changed.split("\0") if path)

    async def deliver(self, *, follow: bool = True) -> str:
        """Takes the project's branch to its origin. Answers what went wrong, in a sentence, or "".

        Whoever pushed in between is followed first, so the branch may stand at other commits afterwards; not so
        without `follow`, then this is refused.
        """
        problem = await self._deliver() if self.origin else ""
        for _ in range(DELIVERIES if follow else 0):
            if not problem or problem == UNPROVED or await self._refresh():
                break
            problem = await self._deliver()
        return problem

    async def offer(self, branch: str) -> str:
        """Takes `branch`, which stands on the project's, to the origin as the project's; nothing moves here.

        Answers what went wrong, in a sentence, or "".
        """
        return await self._deliver(branch) if self.origin else ""

    async def note_tests(self, *, passed: bool) -> None:
        """Remembers what became of the tests on the project's branch as it stands."""
        await git("update-ref", PROVED if passed else REFUSED, f"{HEADS}{self.branch}", cwd=self.folder)

    async def is_unproved(self) -> bool:
        """Whether work that waits to be delivered stands on top of something it was not tested with."""
        if not self.untested or not await self.owes():
            return False
        known = await attempt("rev-parse", "--verify", "--quiet", PROVED, cwd=self.folder)
        return known.code != 0 or not await self.moved_only(PROVED, self.untested)

    async def is_refused(self) -> bool:
        """Whether the tests failed on the project's branch as it stands."""
        known = await attempt("rev-parse", "--verify", "--quiet", REFUSED, cwd=self.folder)
        return known.code == 0 and await self.moved_only(REFUSED, self.untested)

    async def _deliver(self, source: str = "") -> str:
        if not source and await self.is_unproved():
            return UNPROVED
        there, tip = await self.at_hand(), f"{HEADS}{source or self.branch}"
        if there is not None:
            return await self._deliver_to_checkout(there, tip)
        problem = await self._told_remotely("push", "--porcelain", "origin", f"{tip}:{HEADS}{self.branch}")
        return f"Finished work could not be pushed to {self.origin}: {problem}" if problem else ""

    async def push_branch(self, name: str) -> str:
        """Takes the branch `name` to the origin. Answers what went wrong or "".

        Only what Loom itself has put there may be replaced; what anybody added since is never lost. Raises Forbidden
        for a protected branch.
        """
        refuse_protected(name, (self.branch, *self.protected))
        if not self.origin:
            return ""
        tip, mark = f"{HEADS}{checked_branch(name)}", f"{PUSHED}{name}"
        there = await self._remotely("ls-remote", "origin", tip, cwd=self.folder)
        before = await attempt("rev-parse", "--verify", "--quiet", mark, cwd=self.folder)
        stands = there.stdout.partition("\t")[0]
        lease = (f"--force-with-lease={tip}:{stands}",) if stands in ("", before.stdout.strip()) else ()
        pushed = await self._remotely("push", *lease, "origin", f"{tip}:{tip}", cwd=self.folder)
        if pushed.code != 0:
            return f"{name} could not be pushed to {self.origin}: {explained(pushed)}"
        await git("update-ref", mark, tip, cwd=self.folder)
        return ""

    async def at_origin(self, name: str) -> str:
        """The commit at the tip of the origin's branch `name` as it was last fetched; "" where it has none."""
        found = await attempt("rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{name}", cwd=self.folder)
        return found.stdout.strip()

    async def note_pushed(self, name: str, commit: str) -> None:
        """Takes `commit`, which others pushed to the branch `name`, for known: it may be gone on from."""
        await git("update-ref", f"{PUSHED}{checked_branch(name)}", commit, cwd=self.folder)

    async def message_of(self, commit: str) -> str:
        """The whole message of a commit. Raises GitFailed when it is gone."""
        return await git("show", "--no-patch", "--format=%B", commit, cwd=self.folder)

    async def drop_branch(self, name: str) -> str:
        """Removes the branch `name` here, and at the origin unless others added to it. Answers what went wrong or "".

        Raises Forbidden for a protected branch.
        """
        refuse_protected(name, (self.branch, *self.protected))
        tip, mark = f"{HEADS}{checked_branch(name)}", f"{PUSHED}{name}"
        at = await attempt("for-each-ref", "--format=%(worktreepath)", tip, cwd=self.folder)
        if at.stdout.strip():
            raise GitFailed(f"{name} is worked on in {at.stdout.strip()}, so it was not removed.", code="branch_in_use")
        await self.forget_branch(name)
        known = await attempt(
            "for-each-ref", "--format=%(objectname)", mark, f"refs/remotes/origin/{name}", cwd=self.folder
        )
        if not self.origin or not known.stdout.strip():
            return ""
        lease = f"--force-with-lease={tip}:{known.stdout.split()[0]}"
        gone = await self._remotely("push", lease, "origin", f":{tip}", cwd=self.folder)
        await attempt("update-ref", "-d", mark, cwd=self.folder)
        return "" if gone.code == 0 else f"{self.origin} still has {name}: {explained(gone)}"

    async def forget_branch(self, name: str) -> None:
        """Removes the branch `name` here, if there is one.

        By `update-ref`: `git branch -D` writes the configuration anew, under the eyes of commands that have it mounted.
        """
        await attempt("update-ref", "-d", f"{HEADS}{checked_branch(name)}", cwd=self.folder)

    async def merged_branches(self) -> list[str]:
        """The branches of runs whose work the project's branch has and that no worktree stands on."""
        form = ("--format=%(if)%(worktreepath)%(then)%(else)%(refname:short)%(end)", "--merged", self.branch)
        listed = await git("branch", *form, "--list", "agent/*", cwd=self.folder)
        return listed.split()

    async def pack(self) -> None:
        """Joins the many small packs that fetches leave and the loose objects of commits, so that git stays quick."""
        await attempt("repack", "-d", "-q", "--geometric=2", cwd=self.folder)

    async def _make(self) -> None:
        if not self.origin and self.folder.parent.joinpath("made").exists():
            raise GitFailed(
                f"The repository {self.folder} is gone and Loom held its only copy. Put it back from a backup, "
                "or set the project's git_repo to where it can be cloned from.",
                code="repository_gone",
            )
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if self.origin:
            await self._clone()
        else:
            await git("init", "-b", self.branch, self.folder.name, cwd=self.folder.parent)
        await self._on_branch()
        self._explain_files()
        (self.folder.parent / "made").touch()

    async def _clone(self) -> None:
        """Into a folder beside, so that one that was cut off is never taken for the whole."""
        half = self.folder.with_name(f"{self.folder.name}.part")
        shutil.rmtree(half, ignore_errors=True)
        told = ("clone", "--no-local", "--", self.origin, half.name)
        try:
            cloned = await self._remotely(*told, cwd=self.folder.parent)
            if cloned.code == 0:
                half.rename(self.folder)
                return
        except GitFailed as error:
            raise GitFailed(f"{self.origin} could not be cloned: {error.message}", code=error.code) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, half, ignore_errors=True)
        complaint = complaint_of(cloned)
        raise GitFailed(f"{self.origin} could not be cloned: {complaint.sentence}", code=complaint.code)

    async def _remotely(self, *arguments: str, cwd: Path) -> Output:
        """What git answers to a command that talks to the origin."""
        async with self.access.session(self.origin) as session:
            return await attempt(*arguments, cwd=cwd, session=session, report=self.report)

    async def _told_remotely(self, *arguments: str) -> str:
        """Why a command that talks to the origin failed, in words for people, or ""; also when a limit ended it."""
        try:
            output = await self._remotely(*arguments, cwd=self.folder)
        except GitFailed as error:
            return error.message
        return explained(output) if output.code != 0 else ""

    def _drop_halves(self) -> None:
        """Frees the disk of what a transfer that was stopped had brought so far; git would keep that for weeks."""
        for half in (self.folder / ".git" / "objects" / "pack").glob("tmp_*"):
            half.unlink(missing_ok=True)

    def _explain_files(self) -> None:
        """Tells git which files are junk and which are merged line by line, over what the repository says of them."""
        for name, text in {"exclude": JUNK, "attributes": ATTRIBUTES}.items():
            file = self.folder / ".git" / "info" / name
            if not file.exists() or file.read_text() != text:
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)

    async def _put_aside_another(self) -> None:
        """Moves away a copy of another origin than ours, which may hold work that was never delivered."""
        if not self.origin or not (self.folder / ".git").exists():
            return
        known = await attempt("remote", "get-url", "origin", cwd=self.folder)
        if known.stdout.strip() != self.origin:
            self.folder.rename(self.folder.with_name(f"{self.folder.name}-{now():%Y%m%d-%H%M%S-%f}"))

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
        if problem := await self._told_remotely("fetch", "--prune", "origin"):
            self._drop_halves()
            return f"{self.origin} cannot be followed, so work goes on from the last copy: {problem}"
        ours, theirs = f"refs/heads/{self.branch}", f"refs/remotes/origin/{self.branch}"
        if (await attempt("rev-parse", "--verify", theirs, cwd=self.folder)).code != 0:
            return f"{self.origin} has no branch {self.branch!r} any more, so work goes on from the last copy."
        await self._on_branch()
        if await self._contains(ours, theirs):
            return ""
        keeping = ("-c", f"merge.loom-beads.driver={MERGE_BEADS} --clashes={shlex.quote(str(self.clashes))} %O %A %B")
        behind = await self._contains(theirs, ours)
        if behind:
            moved = await self.fast_forward(theirs)
        else:
            moved = await attempt(*keeping, *LOOM, "rebase", theirs, cwd=self.folder)
        if moved.code != 0:
            await attempt("rebase", "--abort", cwd=self.folder)
            return f"{self.folder} could not follow {self.origin}: {said(moved)}"
        return ""

    async def _contains(self, whole: str, part: str) -> bool:
        return (await attempt("merge-base", "--is-ancestor", part, whole, cwd=self.folder)).code == 0

    def _local_origin(self) -> Path | None:
        """The folder the origin is in on this machine; None for one that is elsewhere."""
        path = Path(self.origin.removeprefix("file://"))
        return path if path.is_absolute() else None

    async def _is_checked_out_at(self, there: Path) -> bool:
        if not (there / ".git").exists():
            return False
        head = await attempt("symbolic-ref", "--short", "HEAD", cwd=there)
        return head.stdout.strip() == self.branch

    async def _deliver_to_checkout(self, there: Path, source: str) -> str:
        """A push to a checked-out branch is refused by git; that checkout fetches and fast-forwards instead."""
        await git("fetch", "--no-tags", str(self.folder), source, cwd=there)
        merged = await attempt("merge", "--ff-only", "FETCH_HEAD", cwd=there)
        failed = f"{there} could not be fast-forwarded to the finished work: {said(merged)}"
        return "" if merged.code == 0 else failed
