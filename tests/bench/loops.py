"""How well a run that goes in circles is told from honest work, on the recorded trajectories, and what that costs."""

import time

from loom_app.runs.loops import Level, look
from tests.bench.table import Figure
from tests.runs.trajectories import trajectories


def scene() -> list[Figure]:
    """Missed and falsely warned of, in percent, and microseconds a turn with its whole history."""
    known = list(trajectories())
    levels = {each.name: each.levels() for each in known}
    missed = sum(levels[each.name][-1] != Level.ENDED for each in known if each.stuck)
    alarms = sum(max(levels[each.name]) > Level.FINE for each in known if not each.stuck)
    long = [turn for each in known for turn in each.turns][:200]
    begun = time.perf_counter()
    for number in range(1, len(long) + 1):
        look(long[:number])
    took = (time.perf_counter() - begun) / len(long) * 1e6
    return [
        Figure("stuck_runs_missed", float(missed), "%", 5),
        Figure("honest_runs_warned", float(alarms), "%", 2),
        Figure("loop_detection_a_turn_of_200", took, "µs", 20_000),
    ]
