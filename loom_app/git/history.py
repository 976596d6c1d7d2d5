"""Commits and branches as people look at them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from loom_app.git.browsing import inside
from loom_app.git.names import HEADS
from loom_app.git.runner import git
from loom_app.kernel.clock import parse_rfc3339
from loom_app.kernel.errors import NotFound

FORMAT = "%x00".join(
    ("%H", "%P", "%an", "%ae", "%aI", "%cI", "%s", "%b", *(
        f"%(trailers:key={name},valueonly,separator=%x2C)" for name in ("Bead", "Agent", "Run")
    ), "")
)  # fmt: skip
FIELDS = 11
MOST_WALKED = 100_000
"""How far back a history is told."""
DIFF_CHARACTERS = 400_000
LONGEST_NAME = 200
ORIGIN = "refs/remotes/origin/"


@dataclass(frozen=True)
class Commit:
    """A commit; `bead`, `agent` and `run` are what its trailers name, or empty."""

    sha: str
    parents: list[str]
    author: str
    email: str
    authored_at: datetime
    committed_at: datetime
    subject: str
    body: str
    bead: str
    agent: str
    run: str


@dataclass(frozen=True)
class Changed:
    """A file that a commit changes; None lines for one that is no text."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True)
class Branch:
    """A branch against the project's: commits it is ahead and behind, and where it is."""

    name: str
    commit: str
    committed_at: datetime
    author: str
    subject: str
    ahead: int = 0
    behind: int = 0
    here: bool = True
    at_origin: bool = False
    worktree: str = field(default="", repr=False)


async def page(folder: Path, commit: str, path: str, limit: int, before: str) -> tuple[list[Commit], int]:
    """The commits up to `commit` that change `path` ("" for all), newest first after `before`, and how many there are.

    Raises NotFound when `before` is none of them.
    """
    name = inside(path)
    only = ("--", name) if name else ("--",)
    ids = (await git("rev-list", f"--max-count={MOST_WALKED}", commit, *only, cwd=folder)).split()
    start = _after(ids, before)
    return await _told(folder, ids[start : start + limit]), len(ids)


async def commit(folder: Path, sha: str) -> Commit:
    """One commit."""
    return (await _told(folder, [sha]))[0]


async def diff(folder: Path, sha: str) -> tuple[str, bool]:
    """What a commit changes, against its first parent, and whether that was cut at 400,000 characters."""
    said = await git(
        "show", "--format=", "--no-color", "--no-ext-diff", "--no-textconv", "-M", "-m", "--first-parent", sha, "--",
        cwd=folder,
    )  # fmt: skip
    return said[:DIFF_CHARACTERS], len(said) > DIFF_CHARACTERS


async def changed(folder: Path, sha: str) -> list[Changed]:
    """The files a commit changes, against its first parent."""
    said = await git(
        "show", "--format=", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "-m",
        "--first-parent", sha, "--", cwd=folder,
    )  # fmt: skip
    return [_changed(line) for line in said.split("\0") if line.count("\t") == 2]


async def branches(folder: Path) -> list[Branch]:
    """Every branch here and at the origin as it was last seen, newest first; not how far each is from another."""
    form = "%00".join(("%(refname)", "%(objectname)", "%(committerdate:iso-strict)", "%(authorname)",
                       "%(worktreepath)", "%(contents:subject)"))  # fmt: skip
    said = await git("for-each-ref", "--sort=-committerdate", f"--format={form}", HEADS, ORIGIN, cwd=folder)
    found: dict[str, Branch] = {}
    rows = [line.split("\0") for line in said.splitlines()]
    for ref, sha, moment, author, worktree, subject in rows:
        if ref.startswith(HEADS):
            name = ref.removeprefix(HEADS)
            found[name] = Branch(name, sha, parse_rfc3339(moment), author, subject, worktree=worktree)
    for ref, sha, moment, author, _, subject in rows:
        name = ref.removeprefix(ORIGIN)
        if ref.startswith(ORIGIN) and name != "HEAD":
            alone = Branch(name, sha, parse_rfc3339(moment), author, subject, here=False)
            found[name] = replace(found.get(name, alone), at_origin=True)
    return sorted(found.values(), key=lambda branch: branch.committed_at, reverse=True)


async def distance(folder: Path, base: str, other: str) -> tuple[int, int]:
    """How many commits `other` is ahead of `base`, and behind it."""
    said = await git("rev-list", "--left-right", "--count", f"{base}...{other}", "--", cwd=folder)
    behind, ahead = said.split()
    return int(ahead), int(behind)


def _after(ids: Sequence[str], before: str) -> int:
    if not before:
        return 0
    place = next((place for place, sha in enumerate(ids) if sha.startswith(before.lower())), None)
    if place is None:
        raise NotFound(f"There is no commit {before[:64]!r} in this list; begin again without before.",
                       code="no_such_commit")  # fmt: skip
    return place + 1


async def _told(folder: Path, ids: Sequence[str]) -> list[Commit]:
    if not ids:
        return []
    said = await git("log", "--no-walk=unsorted", f"--format={FORMAT}", "--no-color", *ids, "--", cwd=folder)
    parts = said.split("\0")
    rows = [parts[start : start + FIELDS] for start in range(0, len(parts) - FIELDS, FIELDS)]
    return [_commit(row) for row in rows]


def _commit(row: Sequence[str]) -> Commit:
    sha, parents, author, email, authored, committed, subject, body, *trailers = row
    bead, agent, run = (trailer.split(",")[0].strip()[:LONGEST_NAME] for trailer in trailers)
    return Commit(
        sha.strip(), parents.split(), author, email, parse_rfc3339(authored), parse_rfc3339(committed), subject,
        body.strip(), bead, agent, run,
    )  # fmt: skip


def _changed(line: str) -> Changed:
    added, removed, path = line.strip("\n").split("\t")
    return Changed(path, int(added) if added.isdigit() else None, int(removed) if removed.isdigit() else None)
