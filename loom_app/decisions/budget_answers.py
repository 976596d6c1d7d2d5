"""The answers to a budget that is used up, and what they do to it."""

import re
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.budgets import service as budgets
from loom_app.decisions.models import Decision
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import parse_rfc3339, rfc3339
from loom_app.kernel.money import dollars

STOP = "stop the bead"
RETRY = "try again"
ALLOW = "allow models without a price"
WAIT = "wait until "
RAISE = re.compile(r"raise to \$?(\d[\d,]{0,15}(?:\.\d{1,6})?)", re.IGNORECASE)


def raising(limit_micros: int) -> str:
    """The answer that raises the budget, to whole cents."""
    return f"raise to {dollars(-(-limit_micros // 10_000) * 10_000)}"


def waiting(until: datetime) -> str:
    """The answer that lets the bead rest until the budget begins anew."""
    return f"{WAIT}{rfc3339(until)}"


def another_amount(question: Decision, answer: str) -> str | None:
    """`answer` as an option where it raises the budget to an amount of one's own; None when it does not."""
    found = RAISE.fullmatch(answer.strip())
    if found is None or not any(RAISE.fullmatch(option) for option in question.options):
        return None
    return f"raise to {dollars(_micros(found.group(1)))}"


def rests_until(question: Decision) -> datetime | None:
    """Until when the answer lets the bead rest."""
    return parse_rfc3339(question.decision.removeprefix(WAIT)) if question.decision.startswith(WAIT) else None


async def take_effect(tx: AsyncSession, question: Decision, actor: Actor) -> None:
    """Raises the budget, or lets it take calls without a price. One that was removed meanwhile stops nobody.

    Raises Forbidden when `actor` may not change the budget, Invalid when it would not be raised.
    """
    budget_id = str(question.context.get("budget_id", ""))
    found = RAISE.fullmatch(question.decision)
    if found is not None:
        await budgets.raise_limit(tx, budget_id, _micros(found.group(1)), actor=actor)
    elif question.decision == ALLOW:
        await budgets.allow_unpriced(tx, budget_id, actor=actor)


def _micros(text: str) -> int:
    return int(Decimal(text.replace(",", "")) * 1_000_000)
