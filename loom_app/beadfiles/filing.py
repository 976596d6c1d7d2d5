"""The file of a project's beads where people have it at hand, and the commits that change it. Call under the lock."""

import time
from dataclasses import dataclass
from pathlib import Path

from loom_app.beadfiles.filewrite import write_whole
from loom_app.git.checkout import LOOM, Checkout
from loom_app.git.runner import attempt, git
from loom_app.kernel.errors import Invalid, Unavailable

NAME = "issues.jsonl"
UNFINISHED = ("MERGE_HEAD", "rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD")
EDITED = "Bead file edited in place"


@dataclass(frozen=True)
class BeadFilePlace:
    """The file `path` of a repository."""

    checkout: Checkout
    path: str

    @classmethod
    def of(cls, checkout: Checkout, folder: str) -> "BeadFilePlace":
        """The file in `folder` of the repository."""
        return cls(checkout, f"{folder.strip('/')}/{NAME}")

    async def folder(self) -> Path:
        """Where people edit the file: their own checkout of the branch where that is the origin, else Loom's copy."""
        return await self.checkout.at_hand() or self.checkout.folder

    async def read(self) -> bytes | None:
        """The file as it is at this moment, None when there is none. Raises Invalid when it leads elsewhere."""
        path = self._within(await self.folder())
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"{path} cannot be read: {error.strerror}.", code="bead_file_unreadable") from error

    async def is_settled(self, seconds: float) -> bool:
        """Whether the file is as it was committed, or has been left alone for `seconds`."""
        folder = await self.folder()
        return not await self._is_edited(folder) or time.time() - self._within(folder).stat().st_mtime >= seconds

    async def replace(self, before: bytes | None, data: bytes) -> bool:
        """Puts `data` in the place of `before`; False, and nothing done, when it has been changed meanwhile."""
        return self._put(await self.folder(), before, data)

    async def keep_edits(self) -> None:
        """Commits what was edited in Loom's own copy, so that others' changes are merged with it."""
        if (self.checkout.folder / ".git").exists():
            await self._commit(EDITED)

    async def publish(self, before: bytes | None, data: bytes, message: str, *, push: bool) -> tuple[str, str]:
        """Commits `data` in the place of `before` and takes it to the origin.

        Answers the commit and why it failed, in a sentence, or "". What failed is undone but for a file at hand.
        """
        there = await self.checkout.at_hand()
        if push and there is not None and (fault := self._unfinished(there)):
            return "", fault
        copy = self.checkout.folder
        path = self._within(copy)
        there_now = path.read_bytes() if path.exists() else None
        if not self._put(copy, before if there is None else there_now, data):
            return "", f"{self.path} was changed at this moment; it is read again."
        commit = await self._commit(message)
        if not push or not self.checkout.origin:
            return commit, ""
        problem = await self._deliver(there, before, data)
        if problem and commit:
            await self._undo()
        return commit, problem

    async def _deliver(self, there: Path | None, before: bytes | None, data: bytes) -> str:
        """Takes the commit to the origin; a file people edit there is brought to what the commit has first."""
        if there is not None and await self._is_edited(there):
            if not self._put(there, before, data):
                return f"{there / self.path} was changed at this moment; Loom reads it again."
            await git("add", "-f", "--", self.path, cwd=there)
            problem = await self.checkout.deliver(follow=False)
            if problem:
                await attempt("reset", "-q", "--", self.path, cwd=there)
            return problem
        return await self.checkout.deliver(follow=False)

    async def _commit(self, message: str) -> str:
        """The commit of the file as it lies in Loom's copy; "" when nothing changed."""
        copy = self.checkout.folder
        if not self._within(copy).exists():
            return ""
        await git("add", "-f", "--", self.path, cwd=copy)
        if (await attempt("diff", "--cached", "--quiet", "--", self.path, cwd=copy)).code == 0:
            return ""
        await git(*LOOM, "commit", "-q", "--no-verify", "-F", "-", "--only", "--", self.path, cwd=copy, stdin=message)
        return await self.checkout.head()

    async def _undo(self) -> None:
        """Takes the last commit back; what it changed is in the database."""
        copy = self.checkout.folder
        await git("reset", "-q", "--soft", "HEAD^", cwd=copy)
        if (await attempt("restore", "--staged", "--worktree", "--", self.path, cwd=copy)).code != 0:
            await attempt("rm", "-q", "-f", "--", self.path, cwd=copy)

    async def _is_edited(self, folder: Path) -> bool:
        return (await attempt("diff", "--quiet", "HEAD", "--", self.path, cwd=folder)).code != 0

    def _put(self, folder: Path, before: bytes | None, data: bytes) -> bool:
        path = self._within(folder)
        if (path.read_bytes() if path.exists() else None) != before:
            return False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            raise Unavailable(f"{path} cannot be written: {error.strerror}.", code="bead_file_unwritable") from error
        return True

    def _within(self, folder: Path) -> Path:
        path = folder / self.path
        if path.resolve() != folder.resolve() / self.path or ".git" in Path(self.path).parts:
            raise Invalid(f"{self.path} is a link out of its place; Loom keeps to files of the repository.")
        return path

    def _unfinished(self, there: Path) -> str:
        """Why nothing can be delivered to a person's checkout at present, in a sentence, or ""."""
        if any((there / ".git" / name).exists() for name in UNFINISHED):
            return f"A merge or rebase in {there} is not finished; Loom writes when it is."
        return ""
