"""How urgent a milestone is, from the time left."""

from datetime import datetime, timedelta

from loom_app.milestones.models import AHEAD, MilestoneStatus

STEPS = ((3, "critical"), (7, "high"), (14, "medium"), (30, "low"))
"""Up to so many days left, and what that is called."""


def urgency(status: str, due_date: datetime | None, moment: datetime) -> str:
    """none, low, medium, high or critical; what is over, or has no date, is not urgent at all."""
    if due_date is None or status not in (*AHEAD, MilestoneStatus.MISSED):
        return "none"
    left = due_date - moment
    return next((word for days, word in STEPS if left <= timedelta(days=days)), "none")
