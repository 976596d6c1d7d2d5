"""A slow, plain restatement of what "blocked" means, to compare the fast ones with."""

from dataclasses import dataclass

from hypothesis import strategies as st

from loom_app.beads.graph import Edge

STATUSES = ["open", "in_progress", "blocked", "done"]
TYPES = ["blocks", "conditional-blocks", "waits-for", "parent-child", "related", "tracks"]


@dataclass(frozen=True)
class Item:
    """A bead as the graph sees it."""

    id: str
    status: str = "open"
    source_status: str = ""


def over(item: Item) -> bool:
    """Finished or pinned."""
    return item.status == "done" or item.source_status == "pinned"


def blocked_ids(items: list[Item], edges: list[Edge]) -> set[str]:
    """Repeats the definition until nothing changes."""
    known = {item.id: item for item in items}
    blocked: set[str] = set()
    while True:
        now = {item.id for item in items if not over(item) and _is_blocked(item, known, edges, blocked)}
        if now == blocked:
            return blocked
        blocked = now


def _is_blocked(item: Item, known: dict[str, Item], edges: list[Edge], blocked: set[str]) -> bool:
    for edge in edges:
        if edge.bead_id != item.id:
            continue
        target = known.get(edge.depends_on_id)
        if edge.type in ("blocks", "conditional-blocks") and target is not None and not over(target):
            return True
        if edge.type == "parent-child" and edge.depends_on_id in blocked:
            return True
        if edge.type == "waits-for":
            family = [
                known[e.bead_id]
                for e in edges
                if e.type == "parent-child" and e.depends_on_id == edge.depends_on_id and e.bead_id in known
            ]
            enough = edge.gate == "any-children" and any(child.status == "done" for child in family)
            if not enough and any(not over(child) for child in family):
                return True
    return False


IDS = [f"t-{letter}" for letter in "abcdefgh"]
items_strategy = st.lists(
    st.builds(
        Item,
        id=st.sampled_from(IDS),
        status=st.sampled_from(STATUSES),
        source_status=st.sampled_from(["", "", "", "pinned", "deferred"]),
    ),
    unique_by=lambda item: item.id,
    max_size=len(IDS),
)
edges_strategy = st.lists(
    st.builds(
        Edge,
        bead_id=st.sampled_from(IDS),
        depends_on_id=st.sampled_from([*IDS, "external:other:x-1", "t-gone"]),
        type=st.sampled_from(TYPES),
        gate=st.sampled_from(["", "any-children"]),
    ),
    unique_by=lambda edge: (edge.bead_id, edge.depends_on_id),
    max_size=14,
)
