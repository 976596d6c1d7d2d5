"""Conditions of the calendar alone: a moment, an interval, the beginning of a month or quarter."""

from collections.abc import Iterator
from datetime import datetime

from loom_app.kernel.clock import rfc3339
from loom_app.motivations.calendar import Slot, latest, upcoming
from loom_app.motivations.models import Condition, Motivation
from loom_app.motivations.scene import Finding, Place, Scene

CONDITIONS = (
    Condition.TIME_REACHED, Condition.SCHEDULED_INTERVAL, Condition.MONTH_BOUNDARY, Condition.QUARTER_BOUNDARY,
)  # fmt: skip


def come(scene: Scene) -> Iterator[Finding]:
    """What of these has come since the motivation was last enabled; of moments missed only the last."""
    for motivation in scene.of(*CONDITIONS):
        condition, given = Condition(motivation.condition), scene.given(motivation)
        last, ahead = latest(condition, given, scene.moment), upcoming(condition, given, scene.moment)
        for place in scene.where(motivation):
            if last is not None and last.at > motivation.active_since and last.at > place.created_at:
                yield _finding(motivation, place, last, ahead)
            elif scene.explain:
                what = "its next moment has not come" if ahead else "its moment is over"
                yield Finding(motivation, place, "", what, holds=False, next_at=ahead)


def _finding(motivation: Motivation, place: Place, last: Slot, ahead: datetime | None) -> Finding:
    what = f"it is {last.name.replace(':', ' ', 1)}"
    return Finding(motivation, place, last.name, what, {"moment": rfc3339(last.at)}, next_at=ahead)
