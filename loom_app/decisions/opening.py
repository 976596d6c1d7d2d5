"""Asking: a new decision with everything it needs so that somebody, or nobody, can answer it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.models import Bead
from loom_app.decisions import answers, deputies
from loom_app.decisions.models import Decision
from loom_app.decisions.telling import LONGEST_TOLD, tell
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Invalid
from loom_app.kernel.ids import new_id

ANSWER_WITHIN = timedelta(hours=48)
LONGEST_WAIT = timedelta(days=366)
RISKS = ("low", "medium", "high", "critical")
TITLE = 200


async def open_decision(
    tx: AsyncSession,
    *,
    kind: str,
    question: str,
    requester_id: str,
    bead: Bead | None = None,
    project_id: str = "",
    run_id: str = "",
    title: str | None = None,
    options: Sequence[str] = (),
    recommendation: str = "",
    context: dict[str, Any] | None = None,
    risk: str = "medium",
    priority: int | None = None,
    deadline: datetime | None = None,
    default_option: str = "",
    assigned_to: str = "",
    returned_to: str = "",
    to_agents: bool = True,
    actor: Actor = SYSTEM,
) -> Decision:
    """Asks people about `bead`, which the caller blocks in the same transaction, or without one about the project.

    Answered within 48 hours by default. Questions and what blocks a bead take any words, all others one of their
    options. No agent gets it by the project's rules unless `to_agents`. Raises Invalid for an unknown kind or
    risk, an empty question, a deadline that has passed or a default that is no option.
    """
    asked = answers.Kind(_one_of("kind", kind, tuple(answers.Kind)))
    if not question.strip():
        raise Invalid("A decision needs a question.", code="question_empty")
    offered = list(options) or answers.options(asked)
    decision = Decision(
        id=new_id("bd-dec"),
        project_id=bead.project_id if bead is not None else project_id,
        bead_id=bead.id if bead is not None else "",
        run_id=run_id,
        kind=asked,
        title=title or _in_one_line(f"{asked.capitalize()}: {bead.title if bead is not None else question}"),
        question=question.strip(),
        options=offered,
        recommendation=recommendation,
        context=context or {},
        risk=_one_of("risk", risk, RISKS),
        priority=priority if priority is not None else bead.priority if bead is not None else 2,
        default_option=_default(asked, offered, default_option),
        deadline=still_ahead(deadline or now() + ANSWER_WITHIN),
        requester_id=requester_id,
        assigned_to=assigned_to,
        returned_to=returned_to,
        created_at=now(),
    )
    tx.add(decision)
    await tx.flush()
    told = decision.question[:LONGEST_TOLD]
    tell(tx, "decision.created", decision, actor, question=told, deadline=rfc3339(decision.deadline))
    if to_agents:
        await deputies.offer(tx, decision, bead)
    return decision


def still_ahead(due: datetime) -> datetime:
    """`due`. Raises Invalid for a moment that has passed or is more than a year away."""
    moment = now()
    if due <= moment:
        raise Invalid(f"The deadline {rfc3339(due)} has passed. Name one that is still ahead.", code="deadline_passed")
    if due > moment + LONGEST_WAIT:
        raise Invalid(f"The deadline {rfc3339(due)} is more than a year away. Name a nearer one.", code="deadline_far")
    return due


def checked_risk(risk: str) -> str:
    """`risk`. Raises Invalid for one there is not."""
    return _one_of("risk", risk, RISKS)


def _default(kind: answers.Kind, offered: list[str], named: str) -> str:
    """What holds when nobody answers. Words of one's own are taken where nothing is offered."""
    if not named:
        return answers.default(kind, offered)
    found = answers.among(offered, named)
    if found is None and offered:
        _one_of("default_option", named, offered)
    return found or named


def _in_one_line(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()[:TITLE]


def _one_of(what: str, given: str, known: Sequence[str]) -> str:
    if given not in known:
        raise Invalid(f"{given[:100]!r} is no {what}. Take one of {', '.join(known)}.", code="invalid_decision")
    return given
