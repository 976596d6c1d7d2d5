"""Ways among milestones, against all that can be walked."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from loom_app.milestones.order import way

NAMES = st.sampled_from("abcdef")
GRAPHS = st.dictionaries(NAMES, st.lists(NAMES, max_size=4), max_size=6)


@given(GRAPHS, NAMES, NAMES)
def test_a_way_is_one_and_is_found_whenever_there_is_one(edges: dict[str, list[str]], start: str, end: str) -> None:
    seen, ahead = {start}, [start]
    for here in ahead:
        new = set(edges.get(here, [])) - seen
        seen |= new
        ahead += sorted(new)
    found = way(edges, start, end)
    assert bool(found) == (end in seen)
    if found:
        assert (found[0], found[-1]) == (start, end)
        assert all(after in edges[before] for before, after in pairwise(found))
        assert len(set(found)) == len(found)
