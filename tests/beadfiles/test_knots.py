from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.beadfiles.jsonl import Line
from loom_app.beadfiles.jsontext import dump, load
from loom_app.beadfiles.knots import untied
from loom_app.beadfiles.record import read
from loom_app.beads.cycles import find_cycles
from loom_app.beads.graph import WAITING_TYPES, Edge

IDS = ["b-1", "b-2", "b-3", "b-4"]


def line(bead_id: str, *targets: str) -> Line:
    links = [{"issue_id": bead_id, "depends_on_id": other, "type": "blocks"} for other in targets]
    text = dump({"id": bead_id, "title": "t", "dependencies": links})
    return Line(1, read(load(text)), text)


def edges(lines: list[Line]) -> list[Edge]:
    return [Edge(one.record.id, link.depends_on_id, link.type, link.gate) for one in lines for link in one.record.links]


def test_of_two_links_that_close_a_cycle_the_new_one_goes_and_is_named() -> None:
    standing = [Edge("b-1", "b-2", "blocks", "")]
    found = untied(standing, [line("b-2", "b-1", "b-3")])
    cut, [clash] = found["b-2"]
    assert [link.depends_on_id for link in cut.record.links] == ["b-3"]
    assert (clash.field, clash.item, clash.ours, clash.winner) == ("dependencies", "b-1", None, "ours")
    assert "b-1" in (clash.theirs or "")
    assert '"depends_on_id":"b-1"' not in cut.text


targets = st.lists(st.sampled_from(IDS), unique=True, max_size=3)


@given(st.dictionaries(st.sampled_from(IDS), targets, min_size=1))
@settings(max_examples=60)
def test_no_cycle_is_left_and_only_what_was_in_one_is_cut(wanted: dict[str, list[str]]) -> None:
    lines = [line(bead_id, *others) for bead_id, others in wanted.items()]
    found = untied([], lines)
    left = [found[one.record.id][0] if one.record.id in found else one for one in lines]
    assert find_cycles(edges(left), WAITING_TYPES) == []
    if not find_cycles(edges(lines), WAITING_TYPES):
        assert found == {}
    gone = {(bead_id, clash.item) for bead_id, (_, clashes) in found.items() for clash in clashes}
    assert {edge[:2] for edge in edges(lines)} == {edge[:2] for edge in edges(left)} | gone
