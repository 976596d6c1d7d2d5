import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.beads.cycles import find_cycles
from loom_app.beads.graph import BLOCKING_TYPES, Blocker, Edge, blockers, find_cycle
from tests.beads.brute import Item, blocked_ids, edges_strategy, items_strategy


@given(items_strategy, edges_strategy)
def test_blocked_is_what_the_plain_definition_says(items: list[Item], edges: list[Edge]) -> None:
    assert set(blockers(items, edges)) == blocked_ids(items, edges)


@given(items_strategy, edges_strategy)
def test_every_blocked_bead_has_a_reason(items: list[Item], edges: list[Edge]) -> None:
    assert all(reasons for reasons in blockers(items, edges).values())


def test_the_reason_names_the_bead_in_the_way() -> None:
    items = [Item("a-1"), Item("a-2", "in_progress"), Item("a-3", source_status="deferred"), Item("a-4", "done")]
    found = blockers(items, [Edge("a-1", target) for target in ("a-2", "a-3", "a-4")])
    assert found == {"a-1": [Blocker("a-2"), Blocker("a-3")]}


def test_a_blocked_parent_holds_its_whole_family() -> None:
    items = [Item("epic"), Item("child"), Item("grandchild"), Item("before")]
    edges = [
        Edge("epic", "before"),
        Edge("child", "epic", "parent-child"),
        Edge("grandchild", "child", "parent-child"),
    ]
    found = blockers(items, edges)
    assert found["grandchild"] == [Blocker("child", is_parent=True)]
    assert set(found) == {"epic", "child", "grandchild"}


def test_an_open_parent_does_not_hold_its_children() -> None:
    assert blockers([Item("epic"), Item("child")], [Edge("child", "epic", "parent-child")]) == {}


@pytest.mark.parametrize("target", ["gone-1", "external:other:x-1"])
def test_a_target_that_is_not_here_blocks_nobody(target: str) -> None:
    assert blockers([Item("a")], [Edge("a", target)]) == {}


@pytest.mark.parametrize(("gate", "blocked"), [("", True), ("any-children", False)])
def test_waiting_for_children_ends_with_all_of_them_or_the_first(gate: str, blocked: bool) -> None:
    items = [Item("w"), Item("epic"), Item("one", "done"), Item("two")]
    edges = [
        Edge("w", "epic", "waits-for", gate),
        Edge("one", "epic", "parent-child"),
        Edge("two", "epic", "parent-child"),
    ]
    assert ("w" in blockers(items, edges)) is blocked


def test_the_cycle_is_named_along_depends_on() -> None:
    edges = [Edge("b", "c"), Edge("c", "a"), Edge("b", "a", "related")]
    assert find_cycle(edges, Edge("a", "b")) == ["a", "b", "c", "a"]
    assert find_cycle([], Edge("a", "a")) == ["a", "a"]
    assert find_cycle(edges, Edge("a", "b", "related")) is None
    assert find_cycle(edges, Edge("d", "b")) is None


@given(
    edges_strategy, st.builds(Edge, st.sampled_from(["t-a", "t-b"]), st.sampled_from(["t-c", "t-d"]), st.just("blocks"))
)
def test_a_cycle_is_found_exactly_when_the_target_reaches_the_bead(edges: list[Edge], new: Edge) -> None:
    reached, grown = {new.depends_on_id}, True
    while grown:
        more = {e.depends_on_id for e in edges if e.type in BLOCKING_TYPES and e.bead_id in reached} - reached
        reached, grown = reached | more, bool(more)
    cycle = find_cycle(edges, new)
    assert (cycle is not None) == (new.bead_id in reached)
    if cycle:
        steps = {(e.bead_id, e.depends_on_id) for e in [*edges, new] if e.type in BLOCKING_TYPES}
        assert set(pairwise(cycle)) <= steps
        assert cycle[0] == cycle[-1] == new.bead_id


@given(edges_strategy)
def test_all_cycles_of_a_graph_are_found(edges: list[Edge]) -> None:
    steps = {(e.bead_id, e.depends_on_id) for e in edges if e.type in BLOCKING_TYPES}
    cycles = find_cycles(edges, BLOCKING_TYPES)
    assert all(set(pairwise(cycle)) <= steps for cycle in cycles)
    in_knots = {e.bead_id for e in edges if e.type in BLOCKING_TYPES and find_cycle(edges, e)}
    ahead = {bead: _reached(steps, bead) for bead in in_knots}
    knots = {frozenset(other for other in in_knots & ahead[bead] if bead in ahead[other]) for bead in in_knots}
    assert [cycle[0] for cycle in cycles] == sorted(min(knot) for knot in knots)


def _reached(steps: set[tuple[str, str]], bead_id: str) -> set[str]:
    found, more = set[str](), {bead_id}
    while more:
        more = {target for source, target in steps if source in more} - found
        found |= more
    return found


def test_a_hundred_thousand_beads_are_no_matter() -> None:
    count = 100_000
    items = [Item(f"b-{n}", "open" if n % 5 < 2 else "done") for n in range(count)]
    edges = [Edge(f"b-{n}", f"b-{n - 1}", BLOCKING_TYPES[n % 4]) for n in range(1, count)]
    began = time.process_time()
    assert len(blockers(items, edges)) > 0
    assert find_cycles([*edges, Edge("b-0", f"b-{count - 1}", "blocks")], BLOCKING_TYPES)[0][0] == "b-0"
    assert time.process_time() - began < 20
