"""Cards: beads as the board shows them, put together from rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import BeadStatus
from loom_app.board import repository
from loom_app.board.repository import Wanted
from loom_app.runs import evidence
from loom_app.runs.evidence import Evidence

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """The JSON of a card as whoever sees everything has it, and the projects of the beads it names."""

    json: Json
    projects: dict[str, str] = field(default_factory=dict)

    def shown_to(self, projects: frozenset[str] | None) -> Json:
        """The card without the names of beads outside `projects`; None is all of them."""
        hidden = set() if projects is None else {one for one, at in self.projects.items() if at not in projects}
        if not hidden:
            return self.json
        waits = [one for one in self.json["blocked_by"] if one not in hidden]
        parent = self.json["parent"]
        return self.json | {"blocked_by": waits, "parent": None if parent in hidden else parent}


async def cards(tx: AsyncSession, wanted: Wanted) -> list[Card]:
    """The wanted beads."""
    rows = await repository.beads(tx, wanted)
    near = _neighbours(await repository.links(tx, wanted))
    working = [row.id for row in rows if row.status == BeadStatus.IN_PROGRESS]
    runs = await evidence.of_beads(tx, working)
    return [_card(row, near.get(row.id, _NOBODY), runs.get(row.id)) for row in rows]


async def at_work(tx: AsyncSession, projects: frozenset[str] | None = None) -> list[Any]:
    """What cards show of work that is on and the log does not tell: leases that are renewed, steps of runs.

    With `projects` of these alone.
    """
    held = await repository.leases(tx, projects)
    runs = await evidence.of_beads(tx, await evidence.worked_on(tx, projects))
    return [*map(tuple, held), *sorted(runs.items())]


async def above(tx: AsyncSession, shown: Iterable[Json], projects: frozenset[str] | None) -> dict[str, Json]:
    """The beads above the cards `shown` that are none of them, up to the top; of `projects` only."""
    shown = list(shown)
    known = {card["id"] for card in shown}
    found: dict[str, Json] = {}
    missing = {card["parent"] for card in shown if card["parent"]} - known
    while missing:
        rows = [
            row for row in await repository.ancestors(tx, missing) if projects is None or row.project_id in projects
        ]
        known |= missing
        found |= {row.id: {name: getattr(row, name) for name in ("title", "type", "status", "parent")} for row in rows}
        missing = {row.parent for row in rows if row.parent} - known
    return found


@dataclass(slots=True)
class _Near:
    """What a bead waits for and stands under."""

    blocked_by: list[str] = field(default_factory=list)
    parent: str | None = None
    projects: dict[str, str] = field(default_factory=dict)


_NOBODY = _Near()


def _neighbours(links: Sequence[Any]) -> dict[str, _Near]:
    found: dict[str, _Near] = {}
    for bead_id, other, type_, project_id in links:
        near = found.setdefault(bead_id, _Near())
        near.projects[other] = project_id
        if type_ != PARENT_CHILD:
            near.blocked_by.append(other)
        elif near.parent is None:
            near.parent = other
    return found


def _card(row: Any, near: _Near, run: Evidence | None) -> Card:
    json = {
        **dict(zip(repository.SHOWN, row, strict=False)),
        "parent": near.parent,
        "is_blocked": row.is_blocked,
        "blocked_by": near.blocked_by,
        "run": _work(row, run),
    }
    return Card(json, near.projects)


def _work(row: Any, run: Evidence | None) -> Json | None:
    if row.status != BeadStatus.IN_PROGRESS or not (row.lease_holder or run):
        return None
    return {
        "holder": row.lease_holder or row.assigned_to,
        "run_id": run.run_id if run else None,
        "turn": run.turn if run else None,
        "doing": run.doing if run else "",
        "progress_at": run.progress_at if run else None,
        "cost_micros": run.cost_micros if run else None,
        "lease_until": row.lease_expires_at,
    }
