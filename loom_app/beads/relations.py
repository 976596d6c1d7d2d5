"""The lists a bead is shown with (blocked_by, blocks, parent, children, related_to), read off its dependencies."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from loom_app.beads.graph import PARENT_CHILD, WAITING_TYPES

RELATED = "related"
MUTUAL_TYPES = (RELATED, "relates-to")
"""Types that say the same from both ends."""


@dataclass(slots=True)
class Relations:
    """A bead's neighbours. `related_to` are those of every type that blocks nobody."""

    blocked_by: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    related_to: list[str] = field(default_factory=list)

    def ahead(self, type_: str) -> list[str]:
        """Where the target of an own dependency belongs."""
        if type_ in WAITING_TYPES:
            return self.blocked_by
        return self.parents if type_ == PARENT_CHILD else self.related_to

    def behind(self, type_: str) -> list[str] | None:
        """Where a bead that depends on this one belongs, None for nowhere."""
        if type_ in WAITING_TYPES:
            return self.blocks
        if type_ == PARENT_CHILD:
            return self.children
        return self.related_to if type_ in MUTUAL_TYPES else None


def relations(bead_ids: Iterable[str], links: Iterable[Any]) -> dict[str, Relations]:
    """The relations of each of `bead_ids` from rows of bead_id, depends_on_id, type."""
    found = {bead_id: Relations() for bead_id in bead_ids}
    for link in links:
        own = found.get(link.bead_id)
        if own is not None:
            own.ahead(link.type).append(link.depends_on_id)
        other = found.get(link.depends_on_id)
        listed = other.behind(link.type) if other is not None else None
        if listed is not None and link.bead_id not in listed:
            listed.append(link.bead_id)
    return found
