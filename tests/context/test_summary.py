"""What a summary tells of turns that are gone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.context.gist import gist_from
from loom_app.context.shortening import short_reply
from loom_app.context.sizes import FIRST_RATIO, ratio_of, room, shrunk, size, tokens
from loom_app.context.summary import said_in, summary_of
from tests.context.runs import Steps, done, many, ran, ran_tests, read, step, wrote

FAILURE = "=== short test summary info ===\nFAILED tests/test_a.py::test_crust - assert 1 == 2\n1 failed in 0.1s\n"


def test_failures_changes_commits_beads_and_notes_are_told() -> None:
    steps = [
        step(1, read("a.py", "x\n" * 30), notes="The crust is too thin."),
        step(2, wrote("a.py", "y\n"), ran_tests(FAILURE, success=False)),
        step(3, wrote("a.py", "z\n"), ran("make lint", 2, "E501 line too long")),
        step(
            4,
            done(
                {"type": "git_commit", "commit_message": "Bake"},
                "commit created",
                commit="0123456789ab",
                commit_message="Bake",
            ),
        ),
        step(5, done({"type": "create_bead", "title": "Salt"}, "bead created", bead_id="kitchen-2", title="Salt")),
    ]
    told = summary_of(steps, 10_000)
    assert "`run_tests` (turn 2)" in told
    assert "tests/test_a.py::test_crust" in told
    assert "`run_command make lint` (turn 3): exit code 2 (exit code 2)." in told
    assert "- `a.py`: file written (turn 3, 2 times)" in told
    assert "- `0123456789` Bake (turn 4)" in told
    assert "- `kitchen-2` Salt (turn 5)" in told
    assert "- Turn 1: The crust is too thin." in told
    assert "- `a.py`: lines 1 to 30, 60 bytes (turn 1)" in told
    assert told.startswith("## Earlier\n\nYour turns 1 to 5 were left out")


def test_what_passed_since_is_no_open_failure() -> None:
    steps = [
        step(1, ran_tests(FAILURE, success=False, pattern="test_a"), ran("make", 2)),
        step(2, ran_tests("1 passed", success=True), ran("make", 0)),
    ]
    assert "not seen to pass" not in summary_of(steps, 10_000)
    again = [*steps, step(3, ran_tests(FAILURE, success=False))]
    assert "not seen to pass" in summary_of(again, 10_000)


@settings(max_examples=30)
@given(steps=many(least=1), most=st.integers(0, 20_000), more=st.integers(0, 20_000))
def test_a_summary_keeps_within_its_room_and_tells_no_less_with_more(steps: Steps, most: int, more: int) -> None:
    less = summary_of(steps, most)
    assert size(less) <= most + size(said_in(steps)) + 2
    told = summary_of(steps, most + more)
    if size(less) > 1_000:
        assert {line for line in less.splitlines() if line.startswith("- ")} <= set(told.splitlines())


@settings(max_examples=30)
@given(steps=many())
def test_a_gist_is_stored_and_read_back(steps: Steps) -> None:
    assert all(gist_from(step.gist.as_json()) == step.gist for step in steps)
    assert gist_from(None) == gist_from({})


@settings(max_examples=30)
@given(steps=many())
def test_every_cut_begins_where_a_result_does_and_makes_it_shorter(steps: Steps) -> None:
    for one in steps:
        places = [(cut.start, cut.end) for cut in one.gist.cuts]
        assert places == sorted(places)
        for cut in one.gist.cuts:
            assert one.told.startswith("##", cut.start)
            assert len(cut.short) < cut.end - cut.start


def test_long_texts_of_a_reply_are_cut_in_any_form() -> None:
    long = "line\\n" * 1_000
    for reply in (
        f'{{"actions": [{{"type": "write_file", "path": "a", "content": "{long}"}}]}}',
        f'{{"action": "write", "content": "{long}"}}',
    ):
        short = short_reply(reply)
        assert len(short) < 600
        assert "characters left out" in short
        assert short.startswith(reply[:12])
    assert short_reply('{"actions": []}') == ""
    assert len(short_reply("words " * 5_000)) < 1_700


@given(text=st.text(), most=st.integers(0, 300))
def test_a_text_is_cut_to_its_bytes(text: str, most: int) -> None:
    assert size(shrunk(text * 20, most)) <= max(most, 0)


def test_tokens_are_counted_by_what_the_provider_reported() -> None:
    assert ratio_of([]) == FIRST_RATIO
    assert ratio_of([(100, 400), (150, 400), (90, 400)]) == 1.5
    assert ratio_of([(900, 400), (100, 400), (100, 400), (100, 400)]) == 1.0
    assert ratio_of([(100_000, 400)]) == 4.0
    assert ratio_of([(0, 400), (7, 0)]) == FIRST_RATIO
    assert tokens(room(1_000, 1.3), 1.3) <= 1_000
