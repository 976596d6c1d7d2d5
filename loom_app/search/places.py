"""Where hits are looked for: in which parts of what, and among what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import CTE, CompoundSelect, Select, bindparam, select, union_all

from loom_app.beads.tables import BEADS
from loom_app.search.fulltext import DOCUMENTS, KINDS, Wanted, matching
from loom_app.search.plan import Plan


class Tier(NamedTuple):
    """Hits in `parts` that are not already hits in `but_not`."""

    name: str
    parts: tuple[str, ...]
    but_not: tuple[str, ...] = ()


TIERS = (
    Tier("title", ("title",)), Tier("text", ("title", "text"), ("title",)), Tier("comments", ("comments",)),
    Tier("runs", ("runs",)),
)  # fmt: skip
"""Best first."""


@dataclass
class Place:
    """Where hits are looked for: all that may be found and that the fields leave."""

    plan: Plan
    wanted: Wanted
    first: Any | None = None
    """What is shown before all others, and not again."""

    def of(self, tier: Tier) -> Select[Any]:
        """The ids of the tier's hits."""
        return self._among(self._matching(tier))

    def whole(self, tiers: Sequence[Tier]) -> Select[Any]:
        """The ids of the hits of all `tiers`."""
        names = [name for name in KINDS if name in {tier.name for tier in tiers}]
        if ("title" in names) == ("text" in names):
            return self._among(matching(self.plan.scope.dialect, self.wanted, names))
        return self._among(union_all(*map(self._matching, tiers)))

    def within(self, seen: CTE, tier: Tier) -> Select[Any]:
        """Those of `seen` that are hits of the tier."""
        return select(seen.c.id).where(seen.c.id.in_(self._matching(tier)))

    def _matching(self, tier: Tier) -> Select[Any]:
        return matching(self.plan.scope.dialect, self.wanted, tier.parts, tier.but_not)

    def _among(self, those: Select[Any] | CompoundSelect[Any]) -> Select[Any]:
        found = those.subquery("found")
        query = select(found.c.id).join(DOCUMENTS, found.c.id == DOCUMENTS.c.id)
        if self.first is not None:
            query = query.where(found.c.id != bindparam(None, self.first.id))
        return self.seen(query)

    def seen(self, query: Select[Any]) -> Select[Any]:
        """`query` of documents narrowed to what may be found and to the fields."""
        query = query.where(DOCUMENTS.c.project_id.is_not(None), self.plan.scope.sees(DOCUMENTS.c.project_id))
        if self.plan.indexed:
            query = query.where(DOCUMENTS.c.bead_id.in_(select(BEADS.c.id).where(*self.plan.indexed)))
        if self.plan.others:
            query = query.join(BEADS, BEADS.c.id == DOCUMENTS.c.bead_id).where(*self.plan.others)
        return query
