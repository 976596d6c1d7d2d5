"""What the board answers: all of it, or the cards that changed. Every function takes the open transaction first."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import BeadStatus
from loom_app.board import repository
from loom_app.board.cards import above, at_work, cards
from loom_app.board.repository import Wanted
from loom_app.events import service as events
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects import service as projects
from loom_app.projects.models import Project

MOST_DONE = 500
"""How many finished beads a board has at first."""
ELSEWHERE = frozenset({"audit", "board", "decision", "file", "key", "provider", "secret", "session", "user"})
"""Sources of events that leave every card as it is."""
MOST_COUNTED = 20
"""Of how many projects the events are counted apart."""
STARTED = secrets.token_hex(8)
"""A tag says nothing to another process: its code may answer otherwise, its database may be an older copy."""


async def tag(tx: AsyncSession, project_id: str, *, every_done: bool, actor: Actor) -> tuple[str, int]:
    """What stays the same as long as `board` would answer the same, told without reading cards, and the newest event.

    Everything on its cards changes with an event of their projects, but for what those at work have to show. Raises
    what `board` raises.
    """
    if project_id:
        await projects.get(tx, project_id, actor=actor)
    newest = await events.last_seq(tx)  # first, as in `board`
    concerned = await _concerned(tx, project_id, actor)
    seq = await events.last_seq(tx, ELSEWHERE, concerned)
    sees = None if actor.projects is None else sorted(actor.projects)
    told = (STARTED, seq, project_id, every_done, sees, await _names(tx, actor), await at_work(tx, concerned))
    return f'W/"{hashlib.sha256(repr(told).encode()).hexdigest()[:32]}"', newest


async def _concerned(tx: AsyncSession, project_id: str, actor: Actor) -> frozenset[str] | None:
    """The projects whose events may change a board; None for all, as where its beads wait for beads of others."""
    shown = frozenset({project_id}) if project_id else actor.projects
    if shown is None or len(shown) > MOST_COUNTED or await repository.reach_out(tx, shown):
        return None
    return shown


async def board(tx: AsyncSession, project_id: str, *, every_done: bool, actor: Actor) -> dict[str, Any]:
    """The board of a project, or of all that `actor` sees. Raises NotFound for a project they do not see."""
    if project_id:
        await projects.get(tx, project_id, actor=actor)
    seq = await events.last_seq(tx)  # first: what is read after it may hold more than it says, never less
    wanted = Wanted(actor.projects, project_id, most_done=None if every_done else MOST_DONE)
    shown = [card.shown_to(actor.projects) for card in await cards(tx, wanted)]
    counts = await repository.counts(tx, wanted)
    done = sum(card["status"] == BeadStatus.DONE for card in shown)
    return {
        "seq": seq,
        "cards": shown,
        "above": await above(tx, shown, actor.projects),
        "columns": {status: {"count": count} for status, count in counts.items()},
        "left_out": max(0, counts[BeadStatus.DONE] - done),
        **await _names(tx, actor),
    }


async def some(tx: AsyncSession, ids: Iterable[str], actor: Actor) -> dict[str, Any]:
    """Those of the beads `ids` that exist and that `actor` sees."""
    seq = await events.last_seq(tx)
    found = await cards(tx, Wanted(actor.projects, ids=tuple(ids)))
    return {"seq": seq, "cards": [card.shown_to(actor.projects) for card in found]}


async def _names(tx: AsyncSession, actor: Actor) -> dict[str, Any]:
    """Projects with their limits, and agents, as far as `actor` may list them."""
    seen: Any = []
    if actor.may("projects:read"):
        query = select(col(Project.id), col(Project.name), col(Project.wip_limits)).where(
            within(actor, col(Project.id))
        )
        seen = (await tx.execute(query.order_by(col(Project.name), col(Project.id)))).all()
    agents: Any = []
    if actor.may("agents:read"):
        named = select(col(Agent.id), col(Agent.name)).where(within(actor, col(Agent.project_id)))
        agents = (await tx.execute(named.order_by(col(Agent.name), col(Agent.id)))).all()
    return {
        "wip_limits": {row.id: row.wip_limits for row in seen if row.wip_limits},
        "projects": [{"id": row.id, "name": row.name} for row in seen],
        "agents": [{"id": row.id, "name": row.name} for row in agents],
    }
