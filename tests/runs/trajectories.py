"""The recorded trajectories: 100 of runs that were stuck, 100 of honest work, a third of the kinds held out.

A line is one run: the different actions with what came of them, and its turns as indexes into those, null for a reply
that could not be read. The thresholds of the detector were set with the kinds in `*_seen` alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loom_app.runs.loops import Level, findings
from loom_app.runs.traces import Done

FOLDER = Path(__file__).parents[1] / "data" / "trajectories"
STUCK, HONEST = "stuck", "honest"
PARTS = ("seen", "held_out")
Turns = list[list[Done] | None]


@dataclass(frozen=True)
class Trajectory:
    """One recorded run."""

    name: str
    stuck: bool
    held_out: bool
    turns: Turns

    def levels(self) -> list[Level]:
        """What is found after each turn, up to the one that ends the run."""
        levels = [found.level for found in findings(self.turns)]
        return levels[: levels.index(Level.ENDED) + 1] if Level.ENDED in levels else levels


def trajectories() -> Iterator[Trajectory]:
    """All of them."""
    for kind in (STUCK, HONEST):
        for part in PARTS:
            for line in (FOLDER / f"{kind}_{part}.jsonl").read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                yield Trajectory(row["name"], kind == STUCK, part == "held_out", _turns(row))


def _turns(row: dict[str, Any]) -> Turns:
    actions = [Done(**{"parameters": {}, **action}) for action in row["actions"]]
    return [None if turn is None else [actions[index] for index in turn] for turn in row["turns"]]
