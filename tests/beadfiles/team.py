"""A team at work on one bead file: a bare repository, a person's clone of it, and Looms with a copy each."""

import json
from pathlib import Path
from typing import Any

from loom_app.beadfiles.jsontext import dump
from loom_app.beadfiles.syncing import Round, sync
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync
from loom_app.projects.schemas import ProjectDraft
from tests.support import git_repository as repo

FILE = ".beads/issues.jsonl"
T0, T1, T2 = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"


def line(bead_id: str, at: str = T0, **more: Any) -> str:
    """A line of the file."""
    fields = {"title": f"title of {bead_id}", "status": "open", "priority": 2, "created_at": T0, "updated_at": at}
    return dump({"id": bead_id} | fields | more)


class Person:
    """Somebody with a clone of the repository and an editor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / FILE

    def lines(self) -> dict[str, dict[str, Any]]:
        """What the file says, by bead."""
        found = [json.loads(row) for row in self.file.read_text().splitlines() if row.strip()]
        return {one["id"]: one for one in found}

    def write(self, text: str) -> None:
        """Saves the file."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(text.encode())

    def change(self, bead_id: str, at: str = T1, **more: Any) -> None:
        """Changes a line and saves the file; every other line keeps its bytes."""
        rows = self.file.read_text().split("\n")
        done = [
            dump(json.loads(row) | {"updated_at": at} | more) if f'"id":"{bead_id}"' in row else row for row in rows
        ]
        self.write("\n".join(done))

    def push(self) -> None:
        """Commits what there is and pushes it."""
        repo.git(self.folder, "add", "-A")
        repo.git(self.folder, "commit", "-q", "--allow-empty", "-m", "Theirs")
        repo.git(self.folder, "push", "-q", "origin", "HEAD:main")

    def pull(self) -> "Person":
        """Takes over what others pushed."""
        repo.git(self.folder, "pull", "-q", "--no-rebase", "origin", "main")
        return self


def team(folder: Path, text: str) -> Person:
    """A person whose clone and its bare origin hold a bead file with `text`."""
    made = repo.made(folder / "person", {FILE: text, "README": "hi\n"})
    repo.git(folder, "clone", "-q", "--bare", "person", "origin.git")
    repo.git(made, "remote", "add", "origin", str(folder / "origin.git"))
    return Person(made)


async def follow(
    db: Database, settings: Settings, origin: Path | str, how: BeadsSync = BeadsSync.PUSH, project_id: str = "p"
) -> None:
    """A project that follows the file at `origin`."""
    draft = ProjectDraft(id=project_id, name="P", git_repo=str(origin), beads_sync=how)
    async with db.write() as tx:
        await projects.create(tx, draft, settings=settings, actor=SYSTEM)


async def synced(db: Database, project_id: str = "p", **how: Any) -> Round:
    """A round that must go well."""
    done = await sync(db, project_id, **how)
    assert done.problem == ""
    return done
