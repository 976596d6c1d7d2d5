"""A conversation fits into what there is room for, and loses no more than it must."""

from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.context.fitting import Fitted, Talk
from loom_app.context.marks import Marks
from loom_app.context.sizes import size, size_of
from tests.context.runs import Steps, many, ran_tests, read, step, wrote

SYSTEM, TASK = "You are a baker. " * 20, "Bake a loaf. " * 30
LEAST, MOST = 1_500, 120_000
NONE = Marks()


def talk(steps: Steps, system: str = SYSTEM, task: str = TASK) -> Talk:
    return Talk(system, task, steps)


def text(fitted: Fitted) -> str:
    return "\n".join(message["content"] for message in fitted.messages)


@settings(max_examples=40)
@given(steps=many(), most=st.integers(LEAST, MOST), task=st.sampled_from([TASK, TASK * 40, "漢字" * 3_000]))
def test_the_room_is_never_exceeded_and_roles_alternate(steps: Steps, most: int, task: str) -> None:
    fitted = talk(steps, task=task).fitted(most, NONE)
    assert fitted.size == size_of(fitted.messages) <= most
    roles = [message["role"] for message in fitted.messages]
    assert roles[0] == "system"
    assert roles[1:] == (["user", "assistant"] * len(roles))[: len(roles) - 1]
    assert roles[-1] == "user"
    assert all(message["content"] for message in fitted.messages)


@settings(max_examples=40)
@given(steps=many(least=1), most=st.integers(LEAST, MOST))
def test_the_newest_is_told_whole_and_nothing_people_said_is_lost(steps: Steps, most: int) -> None:
    fitted = talk(steps).fitted(most, NONE)
    newest = steps[-1].told
    if size(newest) <= most // 2:
        assert fitted.messages[-1]["content"].endswith(newest)
    said = [step.number for step in steps if step.gist.said]
    assert text(fitted).count("Mind the crust.") >= len(said) or fitted.is_cut
    if fitted.marks.condensed:
        assert all(f"- Turn {number}: Mind" in text(fitted) for number in said if number <= fitted.marks.condensed)


@settings(max_examples=40)
@given(steps=many(), one=st.integers(LEAST, MOST), other=st.integers(LEAST, MOST))
def test_more_room_never_tells_less(steps: Steps, one: int, other: int) -> None:
    less, more = (talk(steps).fitted(most, NONE) for most in sorted((one, other)))
    assert more.condensed <= less.condensed
    assert more.marks.shortened <= less.marks.shortened or less.condensed == len(steps)
    assert more.is_cut <= less.is_cut


@settings(max_examples=40)
@given(steps=many(least=3), most=st.integers(LEAST, MOST))
def test_the_same_turns_give_the_same_and_what_was_fitted_stays_as_it_is(steps: Steps, most: int) -> None:
    first = talk(steps).fitted(most, NONE)
    assert talk(steps).fitted(most, NONE) == first
    again = talk(steps).fitted(most, first.marks)
    assert again.messages == first.messages
    assert again.marks == first.marks


@settings(max_examples=40)
@given(steps=many(least=10), most=st.integers(6_000, 40_000))
def test_what_was_sent_is_the_beginning_of_what_is_sent_until_the_next_condensing(steps: Steps, most: int) -> None:
    marks, before = NONE, None
    for count in range(1, len(steps) + 1):
        fitted = talk(steps[:count]).fitted(most, marks)
        if before is not None and fitted.marks == before.marks and 0 < count - 1 != before.condensed != len(steps):
            told = before.messages if before.condensed < count - 1 else before.messages[:1]
            assert fitted.messages[: len(told)] == told or fitted.is_cut or before.is_cut
        marks, before = fitted.marks, fitted
        assert marks.condensed <= marks.shortened


def test_a_long_run_is_condensed_by_many_turns_at_once() -> None:
    steps = [step(n, read(f"f{n}.py", "x = 1\n" * 300), notes=f"looking at {n}") for n in range(1, 121)]
    marks, changes = NONE, 0
    for count in range(1, 121):
        fitted = talk(steps[:count]).fitted(60_000, marks)
        changes += fitted.marks != marks
        marks = fitted.marks
        assert fitted.size <= 60_000
    assert 3 <= changes <= 12
    told = text(fitted)
    assert "f1.py" in told
    assert "f120.py" in told


def test_what_was_replaced_goes_first() -> None:
    old, kept = "old = 1\n" * 400, "kept = 1\n" * 400
    steps = [step(1, read("a.py", old)), step(2, read("b.py", kept)), step(3, wrote("a.py", "new\n"))]
    steps += [step(n, read(f"f{n}.py", "x = 1\n" * 20)) for n in range(4, 12)]
    whole = talk(steps).fitted(MOST, NONE)
    assert old in text(whole)
    fitted = talk(steps).fitted(whole.size - 1_000, NONE)
    assert (fitted.condensed, fitted.shortened) == (0, 0) or old not in text(fitted)
    assert old not in text(fitted)
    assert "`a.py` (3200 bytes) was shown here. Read it again" in text(fitted)


def test_replaced_texts_go_before_any_other_is_touched() -> None:
    big = "x = 1\n" * 1_000
    steps = [step(n, read("same.py", big)) for n in range(1, 30)]
    steps += [step(n, ran_tests("fine\n", success=True)) for n in range(30, 36)]
    whole = talk(steps).fitted(MOST * 10, NONE)
    fitted = talk(steps).fitted(whole.size // 2, NONE)
    assert (fitted.condensed, fitted.shortened) == (0, 0)
    assert text(fitted).count(big) == 1


def test_everything_is_cut_when_even_the_standing_parts_do_not_fit() -> None:
    newest = step(1, read("a.py", "x = 1\n" * 1_000))
    fitted = talk([newest], system="Rules. " * 2_000, task="Bake. " * 5_000).fitted(20_000, NONE)
    assert fitted.is_cut
    assert fitted.size <= 20_000
    assert fitted.messages[-1]["content"].endswith(newest.told)
    assert fitted.messages[0]["content"].startswith("Rules.")
    assert "bytes left out to fit your context" in fitted.messages[0]["content"]


def test_a_first_turn_has_its_task_and_nothing_else() -> None:
    fitted = talk([]).fitted(MOST, NONE)
    assert [message["content"] for message in fitted.messages] == [SYSTEM, TASK]
    assert not fitted.is_cut
