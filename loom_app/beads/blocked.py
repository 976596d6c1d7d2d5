"""Why a bead is blocked, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import holders, repository
from loom_app.beads.graph import PARENT_CHILD, WAITS_FOR, Blocker, Edge, blockers, shown_status
from loom_app.beads.holders import Names
from loom_app.kernel.actor import Actor

MOST_TOLD = 5
"""How many reasons one sentence gives."""
LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing a bead waits for. `why` reads "because …, open since …, with …"; `agent` is who has that bead.

    Of a bead that the reader may not know of everything but `why` is None.
    """

    why: str
    bead_id: str | None = None
    title: str | None = None
    status: str | None = None
    open_since: datetime | None = None
    agent: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as the API shows it."""
        return asdict(self)


ELSEWHERE = Reason("because of work in another project")
"""All that is told of beads the reader may not know of."""


def in_words(reasons: list[Reason]) -> str:
    """The first of the reasons as one clause that begins with because, and how many more there are."""
    more = f"; and {len(reasons) - MOST_TOLD} more" if len(reasons) > MOST_TOLD else ""
    return "; ".join(reason.why for reason in reasons[:MOST_TOLD]) + more


async def explain(tx: AsyncSession, bead_id: str, actor: Actor) -> list[Reason]:
    """What the bead waits for, in words for `actor`; empty when nothing keeps it."""
    return (await explain_all(tx, [bead_id], actor)).get(bead_id, [])


async def explain_all(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor) -> dict[str, list[Reason]]:
    """What each blocked bead of `bead_ids` waits for. Of beads that `actor` does not see it names none."""
    asked = set(bead_ids)
    edges = await _lineage(tx, asked)
    waited_for = {edge.depends_on_id for edge in edges if edge.type == WAITS_FOR}
    edges += [_edge(link) for link in await repository.links_to(tx, waited_for, [PARENT_CHILD])]
    named = asked.union(*((edge.bead_id, edge.depends_on_id) for edge in edges))
    known = {bead.id: bead for bead in await repository.standings(tx, named)}
    found = blockers(known.values(), dict.fromkeys(edges))
    found = {bead_id: reasons for bead_id, reasons in found.items() if bead_id in asked}
    hidden = {bead.id for bead in known.values() if not actor.sees(bead.project_id)}
    held_by = (known[one.bead_id].assigned_to for blocking in found.values() for one in blocking)
    names = await holders.names(tx, held_by, actor)
    return {bead_id: _told(blocking, known, hidden, names) for bead_id, blocking in found.items()}


def _told(blocking: list[Blocker], known: Mapping[str, Any], hidden: set[str], names: Names) -> list[Reason]:
    """The reasons in words, with one for all that are `hidden`."""
    shown = [one for one in blocking if hidden.isdisjoint((one.bead_id, one.family))]
    told = [_reason(one, known[one.bead_id], names) for one in shown]
    return told if len(shown) == len(blocking) else [*told, ELSEWHERE]


def _reason(blocker: Blocker, bead: Any, names: Names) -> Reason:
    status = shown_status(bead)
    title = bead.title if len(bead.title) <= LONGEST_TITLE else f"{bead.title[: LONGEST_TITLE - 1]}…"
    family = f", a child of {blocker.family}," if blocker.family else ""
    stands = "blocked" if blocker.is_parent else status.replace("_", " ") if status != "open" else "not done"
    why = (
        f"because {'its parent ' if blocker.is_parent else ''}{bead.id} “{title}”{family} is {stands}, "
        f"open since {bead.created_at:%Y-%m-%d %H:%M} UTC, with {names.told(bead.assigned_to)}"
    )
    return Reason(why, bead.id, bead.title, status, bead.created_at, names.of(bead.assigned_to))


async def _lineage(tx: AsyncSession, bead_ids: set[str]) -> list[Edge]:
    """The dependencies of `bead_ids`, of their parents, of those parents' parents and so on."""
    seen: set[str] = set()
    edges: list[Edge] = []
    frontier = set(bead_ids)
    while frontier:
        seen |= frontier
        fresh = [_edge(link) for link in await repository.links_from(tx, frontier)]
        edges += fresh
        frontier = {edge.depends_on_id for edge in fresh if edge.type == PARENT_CHILD} - seen
    return edges


def _edge(link: object) -> Edge:
    return Edge(*(getattr(link, name) for name in Edge._fields))
