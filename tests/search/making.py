"""Beads, comments and runs to be found."""

from typing import Any

from loom_app.beads.models import Bead, Comment
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from loom_app.runs.models import Run, Turn
from loom_app.search import service


async def add(db: Database, *rows: Any) -> None:
    """Stores the rows."""
    async with db.write() as tx:
        for row in rows:
            tx.add(row)
            await tx.flush()


def project(project_id: str) -> Project:
    """A project with nothing in it."""
    return Project(id=project_id, name=project_id.title())


def bead(bead_id: str, title: str = "Weigh it", project_id: str = "kitchen", **more: Any) -> Bead:
    """A bead."""
    return Bead(id=bead_id, project_id=project_id, title=title, **more)


def comment(comment_id: str, bead_id: str, content: str) -> Comment:
    """A comment by somebody."""
    return Comment(id=comment_id, bead_id=bead_id, author="ada", content=content)


def run(run_id: str, bead_id: str, message: str = "", project_id: str = "kitchen") -> Run:
    """A run that is over."""
    return Run(
        id=run_id, bead_id=bead_id, project_id=project_id, agent_id="a", provider_id="p", model="m", token=1,
        status="failed", message=message,
    )  # fmt: skip


def turn(run_id: str, number: int, reply: str = "", notes: str = "") -> Turn:
    """What was said in a run."""
    return Turn(run_id=run_id, number=number, prompt="go on", reply=reply, notes=notes)


async def found(db: Database, text: str, actor: Actor = SYSTEM, **more: Any) -> list[str]:
    """The beads, comments and runs that `text` finds, by id, best first."""
    answer = await asked(db, text, actor, **more)
    assert answer["total"] == len(answer["results"])
    return [each["source_id"] for each in answer["results"]]


async def asked(db: Database, text: str, actor: Actor = SYSTEM, **more: Any) -> dict[str, Any]:
    """The whole answer."""
    async with db.read() as tx:
        return await service.search(tx, text, actor, **more)


async def bead_ids(db: Database, text: str, actor: Actor = SYSTEM, **more: Any) -> set[str]:
    """The beads that `text` leaves on a board."""
    async with db.read() as tx:
        answer = await service.ids(tx, text, actor, **more)
    assert answer["total"] == len(answer["ids"]) == len(set(answer["ids"]))
    return set(answer["ids"])
