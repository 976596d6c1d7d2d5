"""The rules of work that is asked for directly: one bead for it, for one agent or for whoever has a role."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents.models import AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.kernel.money import dollars
from loom_app.projects import service as projects
from loom_app.runs import service as runs
from loom_app.work.schemas import WorkRequest, WorkView

TITLE = 120
TAG = "asked"
"""What beads carry that were filed so."""


async def ask(tx: AsyncSession, wanted: WorkRequest, *, actor: Actor) -> Bead:
    """A bead for the agent. Raises NotFound, Invalid for an agent of another project, Conflict for a complete one."""
    await projects.get(tx, wanted.project_id, actor=actor)
    agent = await agents.get(tx, wanted.agent_id, actor=actor)
    if agent.project_id != wanted.project_id:
        raise Invalid(
            f"{agent.name} works for {agent.project_id}, not for {wanted.project_id}. Name an agent of the project.",
            code="agent_elsewhere",
        )
    if agent.status == AgentStatus.COMPLETE:
        raise Conflict(f"{agent.name} is complete and takes no work. Resume it first.", code="agent_status")
    told = _told(wanted.context)
    text = f"{wanted.prompt}\n\nContext:\n{told}" if told else wanted.prompt
    return await file(tx, wanted.project_id, text, agent_id=agent.id, actor=actor)


async def file(
    tx: AsyncSession, project_id: str, text: str, *, agent_id: str = "", role: str = "", actor: Actor
) -> Bead:
    """A bead that says `text`, kept for the agent or meant for the role. Raises NotFound and Conflict for a project."""
    lines = [line for line in text.splitlines() if line.strip()] or [text]
    title = " ".join("".join(sign if sign.isprintable() else " " for sign in lines[0]).split())
    shown = title if len(title) <= TITLE else f"{title[: TITLE - 1]}…"
    draft = beads.draft(
        project_id=project_id, title=shown or "Work that was asked for", description=text, assigned_to=agent_id,
        tags=[TAG, *([f"role:{role}"] if role else [])],
    )  # fmt: skip
    return await beads.create(tx, draft, actor=actor)


async def standing(tx: AsyncSession, bead_id: str, agent_id: str, *, actor: Actor) -> WorkView:
    """How the work stands now. Raises NotFound when the bead was deleted."""
    bead = await beads.get(tx, bead_id, actor=actor)
    rows, _ = await runs.page(tx, actor, limit=1, offset=0, bead_id=bead_id)
    run = rows[0] if rows else None
    done = bead.status == BeadStatus.DONE
    return WorkView(
        bead_id=bead.id, project_id=bead.project_id, agent_id=run.agent_id if run else agent_id, finished=done,
        status=bead.status, response=_says(bead, run), run_id=run.id if run else "",
        run_status=run.status if run else "", provider_id=run.provider_id if run else "",
        model=run.model if run else "", tokens_used=run.tokens_input + run.tokens_output if run else 0,
        cost_micros=run.cost_micros if run else 0, cost=dollars(run.cost_micros if run else 0),
        commit_hash=run.commit_hash if run else "", latency_ms=0, href=f"/beads/{bead.id}",
    )  # fmt: skip


def rests(view: WorkView) -> bool:
    """Whether nothing more comes without a person: the work is done, or waits for one."""
    return view.finished or view.status == BeadStatus.BLOCKED


def _says(bead: Bead, run: Any) -> str:
    if bead.status == BeadStatus.DONE:
        return run.message if run and run.message else bead.close_reason or "It is done."
    if bead.status == BeadStatus.BLOCKED:
        return bead.status_reason or (run.message if run else "") or "It waits for a person."
    if run and run.ended_at is None:
        return f"It is being worked on, in turn {run.turn_count + 1}."
    before = f" The last attempt: {run.message}" if run and run.message else ""
    return f"It waits to be given out.{before}"


def _told(context: str | Mapping[str, Any]) -> str:
    if isinstance(context, str):
        return context.strip()
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in context.items()
    )
