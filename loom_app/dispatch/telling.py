"""How a bead is given out, put together for whoever asks."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.dispatch.choosing import as_kept
from loom_app.dispatch.matching import weigh
from loom_app.dispatch.models import Choice
from loom_app.dispatch.room import Place
from loom_app.dispatch.schemas import CandidateView, ChoiceView, DispatchView, WaitView
from loom_app.dispatch.scoring import Member
from loom_app.dispatch.standing import Standing, read
from loom_app.dispatch.waiting import explained
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.runs.models import Run

MOST_CHOICES = 20
MOST_CANDIDATES = 50


async def told(tx: AsyncSession, bead_id: str, settings: Settings, actor: Actor) -> DispatchView:
    """Why the bead went to its agents, or what it waits for. Raises NotFound."""
    bead = await beads.get(tx, bead_id, actor=actor)
    at = await read(tx, bead, settings, actor)
    found = explained(at, now())
    return DispatchView(
        bead_id=bead.id, state=found.state, reasons=[WaitView(**asdict(wait)) for wait in found.waits],
        hops=bead.hops, max_hops=at.max_hops, not_before=bead.not_before,
        candidates=_candidates(at) if bead.status == BeadStatus.OPEN else [],
        choices=await _choices(tx, bead_id),
    )  # fmt: skip


def _candidates(at: Standing) -> list[CandidateView]:
    def full(member: Member) -> str:
        reached = at.room.full(Place(at.bead.project_id, member.role, member.provider_id or ""))
        return "a limit of runs at once is reached" if reached else ""

    weighed = weigh(at.work, at.team, at.past, full)[:MOST_CANDIDATES]
    return [CandidateView(**as_kept(one)) for one in weighed]


async def _choices(tx: AsyncSession, bead_id: str) -> list[ChoiceView]:
    query = select(Choice, col(Run.agent_id)).join(Run, col(Run.id) == col(Choice.run_id))
    query = query.where(col(Run.bead_id) == bead_id).order_by(col(Run.created_at).desc(), col(Run.id).desc())
    return [_choice(row, agent_id) for row, agent_id in (await tx.execute(query.limit(MOST_CHOICES))).all()]


def _choice(kept: Choice, agent_id: str) -> ChoiceView:
    candidates: list[dict[str, Any]] = kept.candidates
    name = next((one["name"] for one in candidates if one["agent_id"] == agent_id), agent_id)
    return ChoiceView(
        run_id=kept.run_id, agent_id=agent_id, agent=name, why=kept.why, made_at=kept.made_at, weighed=kept.weighed,
        candidates=[CandidateView(**one) for one in candidates],
    )  # fmt: skip
