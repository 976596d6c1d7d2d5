"""The answers to a command that an agent wants to run, and what they mean for that command afterwards."""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Forbidden
from loom_app.projects import command_rules

ONCE = "allow once"
ALWAYS = "allow always for this project"
REFUSE = "refuse"
OPTIONS = (ONCE, ALWAYS, REFUSE)
KIND = "command"
LOOKED_BACK = 50


def digest(command: str) -> str:
    """A name for a command, letter by letter."""
    return sha256(command.encode(errors="surrogatepass")).hexdigest()


async def take_effect(tx: AsyncSession, question: Decision, actor: Actor) -> None:
    """Has the project allow such commands where that was the answer. Raises Forbidden where `actor` may not."""
    if question.decision != ALWAYS:
        return
    if not (actor.may("projects:write") and actor.sees(question.project_id)):
        raise Forbidden(
            f"What a project always allows is for those who may change it. Answer {ONCE!r} or {REFUSE!r} instead.",
            code="may_not_allow_always",
        )
    for pattern in _patterns(question):
        reason = f"Decision {question.id}: {question.rationale}"[:500]
        await command_rules.add(tx, question.project_id, pattern, allowed=True, reason=reason, actor=actor)


async def leave(tx: AsyncSession, bead_id: str, command: str, patterns: Sequence[str]) -> Decision | None:
    """What people last said of the command in the work on a bead: an unused leave, or a refusal of its kind."""
    query = select(Decision).where(
        col(Decision.bead_id) == bead_id,
        col(Decision.kind) == KIND,
        col(Decision.status).in_((DecisionStatus.DECIDED, DecisionStatus.EXPIRED)),
    )
    newest = query.order_by(col(Decision.decided_at).desc(), col(Decision.id).desc()).limit(LOOKED_BACK)
    for found in (await tx.execute(newest)).scalars():
        same = found.context.get("digest") == digest(command)
        if found.decision == ONCE and same and not found.context.get("used_by"):
            return found
        if found.decision == REFUSE and (same or set(patterns) <= set(_patterns(found))):
            return found
    return None


def use(found: Decision, run_id: str) -> None:
    """Uses up a leave that was given for one time."""
    found.context = {**found.context, "used_by": run_id}


def _patterns(question: Decision) -> list[str]:
    named = question.context.get("patterns")
    return [str(pattern) for pattern in named] if isinstance(named, list) else []
