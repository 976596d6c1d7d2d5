"""What a change of dependencies means for the lists of the beads at both ends. Pure."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from loom_app.beads.fields import Difference
from loom_app.beads.graph import BLOCKS, PARENT_CHILD
from loom_app.beads.models import Dependency
from loom_app.beads.relations import RELATED, Relations, relations
from loom_app.kernel.clock import rfc3339

DEPENDENCIES = "dependencies"
LISTS = {
    "parent": "parents", "blocked_by": "blocked_by", "blocks": "blocks",
    "children": "children", "related_to": "related_to",
}  # fmt: skip
"""The lists a bead is shown with and what `Relations` calls them."""
SAID_BY_LISTS = (BLOCKS, PARENT_CHILD, RELATED)
"""Types of which the name of the list says everything."""
LONGEST = 200
"""Of longer lists only what differs is kept: the whole would be written again with every child of a great epic."""

Key = tuple[str, str]
"""bead_id and depends_on_id."""
LinkChanges = dict[Key, tuple[dict[str, Any] | None, dict[str, Any] | None]]
"""Each changed dependency before and after, None where there was or is none."""


class _End(NamedTuple):
    bead_id: str
    depends_on_id: str
    type: str


def link_value(link: Dependency) -> dict[str, Any]:
    """A dependency as the history keeps it."""
    made = rfc3339(link.created_at) if link.created_at else None
    return {
        "depends_on_id": link.depends_on_id, "type": link.type, "gate": link.gate,
        "created_at": made, "created_by": link.created_by,
    }  # fmt: skip


def link_differences(
    changed: LinkChanges, own: Mapping[Key, dict[str, Any]], around: Collection[Any], bead_ids: Collection[str]
) -> Iterator[tuple[str, Difference]]:
    """The differences by bead: the whole `dependencies` of the beads they start from, and the lists of both ends.

    `own` are the dependencies of the former as they are now, `around` rows of every dependency that touches one of
    `bead_ids`.
    """
    for bead_id in dict.fromkeys(bead_id for bead_id, _ in changed):
        yield bead_id, _own(bead_id, changed, own)
    after = {(link.bead_id, link.depends_on_id): _End(*link[:3]) for link in around}
    before = {key: link for key, link in after.items() if key not in changed}
    before |= {key: _End(*key, was["type"]) for key, (was, _) in changed.items() if was is not None}
    then, now = (relations(bead_ids, sorted(links.values())) for links in (before, after))
    for bead_id in bead_ids:
        yield from ((bead_id, difference) for difference in _lists(then[bead_id], now[bead_id]))


def plain(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> bool:
    """Whether the lists of a bead tell all that differs between two values of its dependencies."""
    then, now = ({link["depends_on_id"]: (link["type"], link["gate"]) for link in links} for links in (before, after))
    differing = {*then.items()} ^ {*now.items()}
    retyped = [target for target in then.keys() & now.keys() if then[target] != now[target]]
    return not retyped and all(kind in SAID_BY_LISTS and not gate for _, (kind, gate) in differing)


def _own(bead_id: str, changed: LinkChanges, own: Mapping[Key, dict[str, Any]]) -> Difference:
    after = {key: link for key, link in own.items() if key[0] == bead_id}
    before = {key: link for key, link in after.items() if key not in changed}
    before |= {key: was for key, (was, _) in changed.items() if key[0] == bead_id and was is not None}
    then, now = ([links[key] for key in sorted(links)] for links in (before, after))
    return Difference(DEPENDENCIES, then, now, shown=not plain(then, now))


def _lists(then: Relations, now: Relations) -> Iterator[Difference]:
    for name, called in LISTS.items():
        before, after = getattr(then, called), getattr(now, called)
        if set(before) != set(after):
            yield Difference(name, *_bounded(before, after))


def _bounded(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    return [one for one in before if one not in set(after)], [one for one in after if one not in set(before)]
