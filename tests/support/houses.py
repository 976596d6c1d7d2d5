"""Projects with one of everything, all of it marked with the project's own word, so that a leak can be searched for."""

from typing import Any

from fastapi import FastAPI
from httpx import Response

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead, BeadStatus, Dependency
from loom_app.beads.settling import settle_all
from loom_app.decisions import service as decisions
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from loom_app.runs.models import ActionStatus, Run, RunAction, RunStatus, Turn


def names(mark: str) -> dict[str, str]:
    """What the things of a house are called, by the path parameter that names them."""
    return {
        "project_id": mark, "bead_id": f"{mark}-1", "agent_id": f"agent-{mark}", "run_id": f"run-{mark}",
        "session_id": f"run-{mark}",
    }  # fmt: skip


async def house(db: Database, mark: str) -> dict[str, str]:
    """A project with beads, an agent, runs that are over and on, a decision and events; answers everything's ids."""
    ids = names(mark)
    async with db.write() as tx:
        tx.add(Project(id=mark, name=f"House {mark}", problem=f"{mark} has a problem", bead_prefix=mark))
        await tx.flush()
        for number, status in enumerate(BeadStatus, 1):
            tx.add(Bead(id=f"{mark}-{number}", project_id=mark, title=f"Paint {mark}", status=status, tags=[mark]))
        tx.add(Agent(id=ids["agent_id"], name=f"Ann of {mark}", role=mark, persona_name="default/qa-engineer",
                     project_id=mark, current_bead=ids["bead_id"]))  # fmt: skip
        await tx.flush()
        tx.add(Dependency(bead_id=f"{mark}-1", depends_on_id=f"{mark}-2"))
        await settle_all(tx)
        for run_id, ended in ((ids["run_id"], now()), (f"{ids['run_id']}-on", None)):
            tx.add(Run(id=run_id, bead_id=ids["bead_id"], project_id=mark, agent_id=ids["agent_id"], provider_id="p",
                       model="m", token=1, status=RunStatus.FAILED if ended else RunStatus.RUNNING, ended_at=ended,
                       message=f"{mark} broke", why=mark))  # fmt: skip
        await tx.flush()
        tx.add(Turn(run_id=ids["run_id"], number=1, prompt=f"Paint {mark}", reply=f"{mark} painted"))
        tx.add(RunAction(run_id=ids["run_id"], turn=1, position=0, type="done", status=ActionStatus.EXECUTED,
                         message=mark))  # fmt: skip
        bead = await tx.get_one(Bead, ids["bead_id"])
        asked = await decisions.open_decision(
            tx, kind="escalation", bead=bead, question=f"Which colour for {mark}?", requester_id=ids["agent_id"]
        )
        append(tx, "bead.created", actor=SYSTEM, project_id=mark, subject_id=bead.id, data={"title": bead.title})
    return ids | {"decision_id": asked.id}


async def link(db: Database, bead_id: str, depends_on_id: str, type_: str = "blocks") -> None:
    """A dependency, as an administrator may have made it."""
    async with db.write() as tx:
        tx.add(Dependency(bead_id=bead_id, depends_on_id=depends_on_id, type=type_))
        await settle_all(tx)


def reads(app: FastAPI) -> list[tuple[str, list[dict[str, Any]]]]:
    """Path and parameters of every GET of the API that ends, as its own description tells them."""
    paths = app.openapi()["paths"]
    return [
        (path, ways["get"].get("parameters", []))
        for path, ways in sorted(paths.items())
        if "get" in ways and not path.endswith("/stream")
    ]


def said(answer: Response) -> str:
    """Everything an answer tells: its headers and its text."""
    return f"{dict(answer.headers)}\n{answer.text}"
