"""One round of a project's bead file: brought up to date, read, written, committed, pushed. Safe to repeat."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beadfiles import bases, conflicts
from loom_app.beadfiles.filing import BeadFilePlace
from loom_app.beadfiles.jsonl import decode
from loom_app.beadfiles.markers import has_markers, sides
from loom_app.beadfiles.merge import Clash
from loom_app.beadfiles.merge_files import NoBeadFile, merge_files
from loom_app.beadfiles.models import BeadFile
from loom_app.beadfiles.reading import Reading, read_rows
from loom_app.beadfiles.sheet import bare, rows_of
from loom_app.beadfiles.taking import Taken, take_in
from loom_app.beadfiles.writing import Draft, agree, draft, message
from loom_app.events.service import append
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, LoomError, Unavailable
from loom_app.projects import service as projects
from loom_app.projects.closing import is_closed
from loom_app.projects.models import BeadsSync, Project

TRIES = 5
"""How often a file is merged again because others were quicker to push or to save."""
SETTLED_SECONDS = 2.0
"""How long a file that looks half written must have been left alone before it is believed."""
MOST_KEPT, LONGEST_KEPT = 200, 1_000
WRITES = (BeadsSync.WRITE, BeadsSync.COMMIT, BeadsSync.PUSH)


class NotSettled(Conflict):
    """The file changed a moment ago and looks half written; it is read when it has been left alone."""

    code = "bead_file_unsettled"


@dataclass(slots=True)
class Round:
    """What a round did."""

    created: int = 0
    updated: int = 0
    conflicts: int = 0
    written: list[str] = field(default_factory=list)
    commit: str = ""
    pushed: bool = True
    problem: str = ""


@dataclass(slots=True)
class _Seen:
    """The file as it was found: its bytes, its text with merges resolved, and which bead each row is of."""

    data: bytes | None
    text: str | None
    reading: Reading


async def sync(db: Database, project_id: str, *, fetch: bool = True, accept: bool = False) -> Round:
    """Reads the project's file and, where the project says so, writes it. What went wrong is in the answer and kept.

    The file of a closed project is left alone. Without `fetch` the origin is asked only when it refuses what is pushed.
    `accept` takes a file for what it is that lacks most of what it had. Raises NotSettled for a file that looks half
    written.
    """
    async with db.read() as tx:
        project = await projects.get(tx, project_id)
    work = _Work(db, project, accept=accept)
    if project.beads_sync != BeadsSync.OFF and not is_closed(project):
        try:
            async with work.checkout.locked():
                await work.run(fetch=fetch)
        except NotSettled:
            raise
        except LoomError as error:
            work.done.problem = error.message
        async with db.write() as tx:
            await _note(tx, project_id, work.done)
    return work.done


class _Work:
    """A round of one project. Call it under the lock of its repository."""

    def __init__(self, db: Database, project: Project, *, accept: bool) -> None:
        self.checkout = checkout_of(db, project)
        self.done = Round()
        self._db, self._project, self._accept = db, project, accept
        self._place = BeadFilePlace.of(self.checkout, project.beads_path)
        self._writes, self._pushes = project.beads_sync in WRITES, project.beads_sync == BeadsSync.PUSH
        self._folder = self.checkout.folder

    async def run(self, *, fetch: bool) -> None:
        """The whole round."""
        if fetch or not (self.checkout.folder / ".git").exists():
            self.done.problem = await self._follow()
        await self._keep_clashes()
        await self._find()
        for _ in range(TRIES):
            seen = await self._read()
            if seen is None or await self._write(seen):
                break
            refused, self.done.problem = self.done.problem, await self._follow()
            if self.done.problem:
                break
        else:
            self.done.problem = refused
        if self._pushes and not self.done.problem and await self.checkout.is_ahead():
            self.done.problem = await self.checkout.deliver()
        self.done.pushed = not await self.checkout.is_ahead()

    async def _find(self) -> None:
        """Finds out where people have the file at hand. To commit it there means to deliver it there."""
        self._folder = await self._place.folder()
        if self._folder != self.checkout.folder:
            self._pushes = self._project.beads_sync in (BeadsSync.COMMIT, BeadsSync.PUSH)

    async def _follow(self) -> str:
        if self.checkout.origin:
            await self._place.keep_edits()
        return await self.checkout.ensure()

    async def _keep_clashes(self) -> None:
        """Takes over what following the origin had to choose between."""
        log = self.checkout.clashes
        if log.exists():
            found: dict[str, list[Clash]] = {}
            for told in map(json.loads, log.read_text().splitlines()):
                found.setdefault(told.pop("bead_id"), []).append(Clash(**told))
            async with self._db.write() as tx:
                self.done.conflicts += await conflicts.keep(tx, self._project.id, found)
            log.unlink()

    async def _read(self) -> _Seen | None:
        """The file, what is new in it taken in; None when neither it nor Loom has anything new."""
        data = await self._place.read()
        digest = hashlib.sha256(data).hexdigest() if data is not None else ""
        async with self._db.write() as tx:
            state = await self._state(tx)
            if data is None and state.digest and not self._accept:
                raise Invalid(
                    f"{self._place.path} is gone from {self._project.branch}, so nothing is read or written. Put it "
                    "back, or sync with `accept` to have Loom write it anew.",
                    code="bead_file_gone",
                )
            if digest == state.digest and not await bases.any_unwritten(tx, self._project.id):
                return None
            return await self._taken(tx, state, data, digest)

    async def _taken(self, tx: AsyncSession, state: BeadFile, data: bytes | None, digest: str) -> _Seen:
        if data is None:
            await bases.forget(tx, self._project.id)
            return _Seen(None, None, Reading())
        decode(data)
        known = await bases.lines(tx, self._project.id)
        text, clashes = _joined(data.decode(), known)
        if digest == state.digest:
            return _Seen(data, text, read_rows(text, {line: bead_id for bead_id, line in known.items() if line}))
        taken = await take_in(tx, self._project.id, text, actor=SYSTEM, accept=self._accept)
        await self._check_settled(taken, text)
        self.done.conflicts += await conflicts.keep(tx, self._project.id, clashes)
        self._count(taken)
        state.digest, state.unreadable = digest, _unreadable(text, taken.reading)
        state.read_at = now()
        return _Seen(data, text, taken.reading)

    async def _state(self, tx: AsyncSession) -> BeadFile:
        """How the file stands; a project that names another file begins afresh."""
        state = await bases.file_of(tx, self._project.id)
        named = f"{self._project.git_repo}#{self._project.branch}:{self._place.path}"
        before, _, folder = state.place.partition("\n")
        if before != named:
            await bases.forget(tx, self._project.id)
            state.digest, state.commit, folder = "", "", ""
        if folder not in ("", str(self._folder), str(self.checkout.folder)):
            raise Unavailable(
                f"{folder} is not on branch {self._project.branch} at this moment; its bead file is read when it is.",
                code="checkout_elsewhere",
            )
        state.place = f"{named}\n{self._folder}"
        return state

    async def _check_settled(self, taken: Taken, text: str) -> None:
        """Raises NotSettled for a file that ends in the middle of a line or has lost lines just now."""
        cut = any(problem.line == len(rows_of(text)) for problem in taken.reading.file.problems)
        if (cut or taken.gone) and not await self._place.is_settled(SETTLED_SECONDS):
            raise NotSettled(f"{self._place.path} looks half written; it is read again in a moment.")

    def _count(self, taken: Taken) -> None:
        self.done.created += len(taken.created)
        self.done.updated += len(taken.updated)
        self.done.conflicts += taken.conflicts

    async def _write(self, seen: _Seen) -> bool:
        """Writes what Loom has to say. False when somebody else was quicker and all is to be read again."""
        async with self._db.read() as tx:
            made = await draft(tx, self._project.id, seen.text, seen.reading, actor=SYSTEM)
        data = made.text.encode()
        changes = data != (seen.data or b"")
        if changes and not self._writes:
            return True
        if changes and not await self._published(seen, data, made):
            return False
        async with self._db.write() as tx:
            await agree(tx, self._project.id, made)
            state = await bases.file_of(tx, self._project.id)
            if changes:
                state.digest, state.written_at = hashlib.sha256(data).hexdigest(), now()
        self.done.written = sorted({*made.new, *made.changed})
        return True

    async def _published(self, seen: _Seen, data: bytes, made: Draft) -> bool:
        if self._project.beads_sync == BeadsSync.WRITE:
            return await self._place.replace(seen.data, data)
        said = message(made, self._project.id)
        commit, problem = await self._place.publish(seen.data, data, said, push=self._pushes)
        self.done.problem = problem
        self.done.commit = "" if problem else commit
        return not problem


def _joined(text: str, known: dict[str, str]) -> tuple[str, dict[str, tuple[Clash, ...]]]:
    """The text without the conflict markers of a merge that was left half done, and what its sides disagree about."""
    if not has_markers(text):
        return text, {}
    ours, theirs = sides(text)
    try:
        merged = merge_files("\n".join(line for line in known.values() if line), ours, theirs)
    except NoBeadFile as error:
        raise Invalid(f"The file has conflict markers, and {error}. Resolve that merge by hand.") from error
    return merged.text, merged.clashes


def _unreadable(text: str, reading: Reading) -> list[dict[str, Any]]:
    rows = rows_of(text)
    return [
        {
            "line": problem.line, "reason": problem.reason, "bead_id": problem.bead_id,
            "text": bare(rows[problem.line - 1])[:LONGEST_KEPT],
        }
        for problem in sorted(reading.file.problems, key=lambda problem: problem.line)[:MOST_KEPT]
    ]  # fmt: skip


async def _note(tx: AsyncSession, project_id: str, done: Round) -> None:
    """Keeps how the round went; an event only when something happened."""
    state = await bases.file_of(tx, project_id)
    state.checked_at = now()
    news = bool(done.created or done.updated or done.conflicts or done.written or done.problem != state.problem)
    state.problem, state.pushed = done.problem, done.pushed
    if done.commit:
        state.commit = done.commit
    if news:
        data = {
            "created": done.created, "updated": done.updated, "conflicts": done.conflicts,
            "written": len(done.written), "commit": done.commit, "problem": done.problem,
        }  # fmt: skip
        append(tx, "beadfile.synced", actor=SYSTEM, project_id=project_id, subject_id=project_id, data=data)
