from hypothesis import given
from hypothesis import strategies as st

from loom_app.beadfiles.markers import has_markers, sides
from loom_app.kernel.errors import Invalid

rows = st.lists(st.sampled_from(["a", "b", ""]), max_size=3)
blocks = st.tuples(rows, rows, rows, st.one_of(st.none(), rows))


@given(st.lists(blocks, max_size=3))
def test_each_side_is_what_it_was_before_the_merge(
    parts: list[tuple[list[str], list[str], list[str], list[str] | None]],
) -> None:
    text, ours, theirs = [], [], []
    for same, mine, other, base in parts:
        text += [
            *same,
            "<<<<<<< HEAD",
            *mine,
            *(["||||||| base", *base] if base is not None else []),
            "=======",
            *other,
        ]
        text += [">>>>>>> main"]
        ours += [*same, *mine]
        theirs += [*same, *other]
    assert sides("\n".join(text)) == ("\n".join(ours), "\n".join(theirs))
    assert has_markers("\n".join(text)) == bool(parts)


@given(st.lists(st.sampled_from(["<<<<<<< x", "=======", ">>>>>>> y", "||||||| z", "a"]), max_size=6))
def test_what_is_out_of_place_is_named_by_its_line(text: list[str]) -> None:
    bad, found = 0, ("", "")
    try:
        found = sides("\n".join(text))
    except Invalid as error:
        bad = error.extra["line"]
    assert 0 <= bad <= len(text)
    assert not any(map(has_markers, found))
