"""Conditions of the calendar alone: a moment, an interval, the beginning of a month or quarter."""

from collections.abc import Iterator

from loom_app.kernel.clock import rfc3339
from loom_app.motivations.calendar import latest, upcoming
from loom_app.motivations.models import Condition, Motivation
from loom_app.motivations.scene import Finding, Place, Scene

CONDITIONS = (
    Condition.TIME_REACHED, Condition.SCHEDULED_INTERVAL, Condition.MONTH_BOUNDARY, Condition.QUARTER_BOUNDARY,
)  # fmt: skip


def come(scene: Scene) -> Iterator[Finding]:
    """What of these has come since the motivation was last enabled; of moments missed only the last."""
    for motivation in scene.of(*CONDITIONS):
        for place in scene.where(motivation):
            finding = _finding(scene, motivation, place)
            if finding.holds or scene.explain:
                yield finding


def _finding(scene: Scene, motivation: Motivation, place: Place) -> Finding:
    condition, given = Condition(motivation.condition), scene.given(motivation)
    last, ahead = latest(condition, given, scene.moment), upcoming(condition, given, scene.moment)
    if last is not None and last.at > max(motivation.active_since, place.created_at):
        what = f"it is {last.name.replace(':', ' ', 1)}"
        return Finding(motivation, place, last.name, what, {"moment": rfc3339(last.at)}, next_at=ahead)
    return Finding(
        motivation, place, "", "its next moment has not come" if ahead else "its moment is over", holds=False,
        next_at=ahead,
    )  # fmt: skip
