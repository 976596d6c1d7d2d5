"""What the demo model says: for each bead of the sample project the replies of a careful engineer, turn by turn."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SAMPLE = HERE / "sample"
"""The sample project as it is before anyone works on it."""
PLAYS = HERE / "plays"
"""One file per bead, named after it."""


@dataclass(frozen=True)
class Turn:
    """One reply: what to do, and what the engineer thinks meanwhile."""

    actions: tuple[Mapping[str, Any], ...]
    notes: str

    def reply(self) -> str:
        """The reply as the model writes it."""
        return envelope(list(self.actions), self.notes)


def envelope(actions: Sequence[Mapping[str, Any]], notes: str) -> str:
    """A reply in the action protocol."""
    return json.dumps({"actions": actions, "notes": notes}, ensure_ascii=False)


@cache
def play(bead_id: str) -> tuple[Turn, ...]:
    """The turns prepared for a bead, none for a bead that is not part of the sample project."""
    if bead_id not in bead_ids():
        return ()
    turns = tomllib.loads((PLAYS / f"{bead_id}.toml").read_text(encoding="utf-8"))["turns"]
    return tuple(Turn(tuple(turn["actions"]), turn["notes"]) for turn in turns)


@cache
def bead_ids() -> frozenset[str]:
    """The beads that have a play."""
    return frozenset(path.stem for path in PLAYS.glob("*.toml"))
