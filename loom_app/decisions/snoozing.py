"""Putting a decision off, each person for themselves: it waits on, only their inbox shows it later."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.decisions import service
from loom_app.decisions.models import Decision, Snooze
from loom_app.decisions.telling import tell
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Forbidden, Invalid


async def snooze(tx: AsyncSession, decision_id: str, until: datetime | None, *, actor: Actor) -> Decision:
    """Hides a decision from one's own inbox until then; None shows it again.

    Raises NotFound, Conflict when it is over, Invalid for a moment that has passed or comes after the deadline.
    """
    if not actor.is_person:
        raise Forbidden("Only people have an inbox to keep things out of.", code="people_only")
    found = await service.get_open(tx, decision_id, actor)
    held = await tx.get(Snooze, (actor.id, decision_id))
    if until is None:
        if held is not None:
            await tx.delete(held)
            tell(tx, "decision.snoozed", found, actor, until=None)
        return found
    _check(until, found)
    await tx.merge(Snooze(user_id=actor.id, decision_id=decision_id, until=until))
    tell(tx, "decision.snoozed", found, actor, until=rfc3339(until))
    return found


def _check(until: datetime, found: Decision) -> None:
    if until <= now():
        raise Invalid(f"{rfc3339(until)} has passed. Name a moment that is still ahead.", code="snooze_passed")
    if until >= found.deadline:
        raise Invalid(
            f"The deadline is at {rfc3339(found.deadline)}; later than that the default holds. Name an earlier moment, "
            "or move the deadline.",
            code="snooze_beyond_deadline",
        )
