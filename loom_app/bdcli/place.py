"""Where a command stands: the database, the project it means and who acts."""

import contextlib
import getpass
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import service as users
from loom_app.bdcli.options import Asked
from loom_app.config import Settings, load
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, NotFound
from loom_app.kernel.opening import opened
from loom_app.projects import service as projects
from loom_app.projects.models import Project

HOME = Path(__file__).resolve().parents[2]
"""This Loom's own folder."""
OF_A_PATH = ("LOOM_CONFIG", "LOOM_DATA_DIR")
EVERYTHING = frozenset({"*:*"})


@dataclass(frozen=True)
class At:
    """What a command reads and writes, for which project, and in whose name."""

    db: Database
    tx: AsyncSession
    settings: Settings
    actor: Actor
    said: Asked
    found: Project | None

    @property
    def project(self) -> Project:
        """The project that is meant. Raises Invalid when nothing says which."""
        if self.found is None:
            raise Invalid(
                f"Nothing says which project is meant: {Path.cwd()} is no checkout of one. Pass --project or set "
                "LOOM_PROJECT; `loom beads init` makes a project of the repository you stand in.",
                code="no_project",
            )
        return self.found


@asynccontextmanager
async def standing(said: Asked, *, writes: bool) -> AsyncIterator[At]:
    """The place of a command that was called so. What it writes is kept when the block ends without an error."""
    async with at_home() as (of, db), db.write() if writes else db.read() as tx:
        found = await which_project(tx, said, of)
        yield At(db, tx, of, await who(tx, said), said, found)


@asynccontextmanager
async def at_home() -> AsyncIterator[tuple[Settings, Database]]:
    """The settings and the database of this Loom, whatever folder one stands in."""
    of = home_settings()
    async with opened(of) as at:
        yield of, at.db


def home_settings() -> Settings:
    """The settings of this Loom's own folder, unless variables name others: one works in checkouts."""
    environ = dict(os.environ)
    environ |= {name: str(Path(environ[name]).expanduser().absolute()) for name in OF_A_PATH if environ.get(name)}
    with contextlib.chdir(HOME):
        return load(environ)


async def which_project(tx: AsyncSession, said: Asked, of: Settings) -> Project | None:
    """The project that is named, or whose checkout one stands in, or the only one."""
    if said.project:
        return await projects.get(tx, said.project)
    every = await projects.every(tx)
    here = _checkout_of(Path(said.folder).absolute() if said.folder else Path.cwd())
    for project in every:
        if any(here.is_relative_to(folder) for folder in _folders(project, of)):
            return project
    origin = _origin(here)
    cloned = [project for project in every if origin and project.git_repo == origin]
    return cloned[0] if len(cloned) == 1 else every[0] if len(every) == 1 else None


def _checkout_of(path: Path) -> Path:
    """The folder that a .beads folder, or something in one, belongs to; any other path itself."""
    for folder in (path, *path.parents):
        if folder.name == ".beads":
            return folder.parent.resolve()
    return path.resolve()


def _folders(project: Project, of: Settings) -> list[Path]:
    """Where checkouts of a project are on this machine."""
    local = Path(project.git_repo.removeprefix("file://")).expanduser()
    known = [projects.folder_of(of, project.id), *([Path(project.work_dir)] if project.work_dir else [])]
    return [folder.resolve() for folder in (*known, *([local] if local.is_absolute() else []))]


def _origin(here: Path) -> str:
    """Where the repository around `here` was cloned from; empty when that is nowhere."""
    try:
        return git(here, "config", "--get", "remote.origin.url")
    except OSError:
        return ""


def git(here: Path, *words: str) -> str:
    """What git says in a folder; empty when it fails."""
    command = ["git", "-C", str(here), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 - no shell
    return done.stdout.strip() if done.returncode == 0 else ""


async def who(tx: AsyncSession, said: Asked) -> Actor:
    """Who acts: a user of Loom where one has that name, else a person of whom Loom knows no more."""
    name = (said.actor or _user()).strip()[:200]
    try:
        known = await users.named(tx, name)
    except NotFound:
        return Actor("user", f"cli:{name}", name, EVERYTHING)
    return users.actor_for(known, EVERYTHING)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
