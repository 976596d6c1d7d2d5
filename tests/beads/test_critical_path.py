import random
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loom_app.beads.critical_path import DEFAULT_MINUTES, critical_path
from loom_app.beads.graph import Edge

CHILD = "parent-child"


@dataclass(frozen=True)
class Task:
    """A bead as the critical path sees it."""

    id: str
    estimated_time: int | None = None
    status: str = "open"
    source_status: str = ""


def path(beads: list[Task], *links: tuple[str, ...]) -> tuple[list[str], int]:
    """The critical path and its minutes."""
    found = critical_path(beads, [Edge(*link) for link in links])
    return found.ids, found.minutes


def test_the_longest_is_the_one_with_the_most_minutes_not_the_most_beads() -> None:
    beads = [Task("a", 10), Task("b", 10), Task("c", 10), Task("x", 20), Task("y", 25)]
    assert path(beads, ("b", "a"), ("c", "b"), ("y", "x")) == (["x", "y"], 45)


def test_what_is_over_is_no_part_of_it() -> None:
    beads = [Task("a", 99, "done"), Task("b", 10), Task("p", 90, source_status="pinned"), Task("c", 5)]
    assert path(beads, ("b", "a"), ("c", "p")) == (["b"], 10)
    assert path([Task("a", 1, "done")]) == ([], 0)
    assert path([]) == ([], 0)


@pytest.mark.parametrize(
    ("estimates", "assumed"),
    [([None, None], DEFAULT_MINUTES), ([None, 30, 10, 90], 30), ([None, 20, 40], 20), ([0, None], 0)],
)
def test_a_bead_without_an_estimate_counts_the_median_of_the_others(estimates: list[int | None], assumed: int) -> None:
    beads = [Task(f"t-{number}", minutes) for number, minutes in enumerate(estimates)]
    found = critical_path([*beads, Task("done", 7000, "done")], [])
    assert found.assumed_minutes == assumed
    assert found.minutes == max(assumed if minutes is None else minutes for minutes in estimates)


def test_among_equal_chains_the_one_with_more_beads_and_then_with_the_first_ids_is_taken() -> None:
    beads = [Task("a", 30), Task("b", 0), Task("c", 30), Task("d", 15), Task("e", 15), Task("f", 15), Task("g", 15)]
    assert path(beads, ("c", "b"), ("e", "d"), ("g", "f")) == (["b", "c"], 30)
    assert path(beads[3:], ("g", "f"), ("e", "d")) == (["d", "e"], 30)


def test_only_what_keeps_a_bead_waiting_makes_a_chain() -> None:
    beads = [Task("a", 10), Task("b", 10)]
    for kind in ("related", "tracks", "discovered-from"):
        assert path(beads, ("b", "a", kind)) == (["a"], 10)
    for kind in ("blocks", "conditional-blocks"):
        assert path(beads, ("b", "a", kind)) == (["a", "b"], 20)
    assert path(beads, ("b", "external:x:1"), ("a", "gone")) == (["a"], 10)


def test_a_parent_has_no_work_of_its_own_while_its_children_carry_it() -> None:
    beads = [Task("epic", 500), Task("one", 10), Task("two", 20), Task("done", 900, "done")]
    family = [("one", "epic", CHILD), ("two", "epic", CHILD), ("done", "epic", CHILD)]
    assert path(beads, *family) == (["two"], 20)
    assert path(beads, *family, ("two", "one")) == (["one", "two"], 30)
    assert path(beads, ("done", "epic", CHILD)) == (["epic"], 500)


def test_children_begin_when_their_parent_may_and_it_ends_with_them() -> None:
    beads = [Task("before", 5), Task("epic", 500), Task("one", 10), Task("two", 20), Task("after", 7)]
    family = [("one", "epic", CHILD), ("two", "epic", CHILD), ("two", "one")]
    links = [*family, ("epic", "before"), ("after", "epic")]
    assert path(beads, *links) == (["before", "epic", "one", "two", "after"], 42)


def test_waiting_for_children_is_over_only_with_the_last() -> None:
    beads = [Task("epic"), Task("one", 10), Task("two", 20), Task("w", 5)]
    links = [("one", "epic", CHILD), ("two", "epic", CHILD), ("w", "epic", "waits-for")]
    assert path(beads, *links) == (["two", "w"], 25)
    assert path([Task("epic", 50), Task("w", 5)], ("w", "epic", "waits-for")) == (["epic"], 50)


def test_circles_of_files_do_not_hang_it() -> None:
    beads = [Task(letter, 10) for letter in "abcd"]
    links = [
        ("a", "b"),
        ("b", "a"),
        ("c", "a"),
        ("a", "a"),
        ("d", "c", CHILD),
        ("c", "d", CHILD),
        ("b", "d", "waits-for"),
    ]
    found = path(beads, *links)
    assert found == path(beads[::-1], *links[::-1])
    assert len(set(found[0])) == len(found[0])


def test_a_long_chain_is_followed_to_its_end() -> None:
    ids = [f"t-{number:05}" for number in range(5000)]
    links = list(zip(ids[1:], ids, strict=False))
    random.Random(1).shuffle(links)
    found, minutes = path([Task(bead_id, 2) for bead_id in ids], *links)
    assert (found, minutes) == (ids, 10_000)


IDS = list("abcdefgh")
tasks = st.lists(
    st.builds(
        Task,
        id=st.sampled_from(IDS),
        estimated_time=st.none() | st.integers(0, 3),
        status=st.sampled_from(["open", "open", "in_progress", "blocked", "done"]),
        source_status=st.sampled_from(["", "", "", "pinned"]),
    ),
    unique_by=lambda task: task.id,
    max_size=len(IDS),
)
edges = st.lists(
    st.builds(
        Edge,
        bead_id=st.sampled_from(IDS),
        depends_on_id=st.sampled_from([*IDS, "gone"]),
        type=st.sampled_from(["blocks", "blocks", "conditional-blocks", "waits-for", CHILD, CHILD, "related"]),
    ),
    unique_by=lambda edge: (edge.bead_id, edge.depends_on_id),
    max_size=12,
)


class Plain:
    """The definition said again, slowly: who comes after whom, by going up through the families on both sides."""

    def __init__(self, beads: list[Task], links: list[Edge]) -> None:
        self.todo = {bead.id: bead for bead in beads if bead.status != "done" and bead.source_status != "pinned"}
        self.links = [link for link in links if link.bead_id in self.todo]
        self.families = [(link.bead_id, link.depends_on_id) for link in self.links if link.type == CHILD]
        parents = {parent for _, parent in self.families}
        self.leaves = [bead_id for bead_id in self.todo if bead_id not in parents]

    def lineage(self, bead_id: str) -> set[str]:
        """The bead and its unfinished parents, theirs and so on."""
        found = {bead_id}
        while more := {up for child, up in self.families if child in found and up in self.todo} - found:
            found |= more
        return found

    def comes_after(self, later: str, earlier: str) -> bool:
        own, before = self.lineage(later), self.lineage(earlier)
        for link in self.links:
            if link.bead_id in own and link.type in ("blocks", "conditional-blocks") and link.depends_on_id in before:
                return True
            family = {child for child, parent in self.families if parent == link.depends_on_id}
            if link.bead_id in own and link.type == "waits-for" and family & before:
                return True
        return False

    def chains(self) -> list[list[str]] | None:
        """Every chain there is; None when some bead comes after itself."""
        after = {(x, y) for x, y in product(self.leaves, self.leaves) if self.comes_after(y, x)}
        whole = [[leaf] for leaf in self.leaves]
        for chain in whole:
            onward = [y for x, y in after if x == chain[-1]]
            if set(onward) & set(chain):
                return None
            whole += [[*chain, y] for y in onward]
        return whole


@given(tasks, edges, st.randoms())
def test_it_is_the_longest_of_all_chains(beads: list[Task], links: list[Edge], order: random.Random) -> None:
    links = [link for link in links if link.type != CHILD or link.bead_id < link.depends_on_id]
    plain = Plain(beads, links)
    chains = plain.chains()
    assume(chains is not None)
    found = critical_path(beads, links)
    minutes = {
        leaf: found.assumed_minutes if (own := plain.todo[leaf].estimated_time) is None else own
        for leaf in plain.leaves
    }
    lengths = {tuple(chain): (sum(minutes[leaf] for leaf in chain), len(chain)) for chain in chains or []}
    worked = tuple(bead_id for bead_id in found.ids if bead_id in minutes)
    assert lengths.get(worked, (0, 0)) == max(lengths.values(), default=(0, 0))
    assert found.minutes == sum(minutes[leaf] for leaf in worked)
    assert set(found.ids) <= set(plain.todo)
    order.shuffle(beads)
    order.shuffle(links)
    assert critical_path(beads, links) == found


@given(tasks, edges, st.randoms())
def test_it_is_the_same_in_any_order_even_with_circles(
    beads: list[Task], links: list[Edge], order: random.Random
) -> None:
    found = critical_path(beads, links)
    order.shuffle(beads)
    order.shuffle(links)
    assert critical_path(beads, links) == found
    assert len(set(found.ids)) == len(found.ids)
