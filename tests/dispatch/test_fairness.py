"""Several projects wait for the same few places: none starves, and none gets more than its turn."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loom_app.dispatch.fairness import Turn, first

START = datetime(2026, 2, 21, tzinfo=UTC)


@given(
    demands=st.lists(st.integers(1, 40), min_size=2, max_size=8),
    arrivals=st.data(),
    rounds=st.integers(1, 120),
)
def test_while_a_project_waits_no_other_is_given_two_runs_before_it_gets_one(
    demands: list[int], arrivals: st.DataObject, rounds: int
) -> None:
    left = {f"p{number}": demand for number, demand in enumerate(demands)}
    last: dict[str, datetime | None] = dict.fromkeys(left)
    since_own: dict[str, list[str]] = {name: [] for name in left}
    for step in range(rounds):
        late = arrivals.draw(st.sampled_from([*left, ""]), label="one more bead for")
        if late:
            if not left[late]:
                since_own[late] = []
            left[late] += 1
        waiting = [Turn(name, last[name]) for name, demand in left.items() if demand]
        if not waiting:
            continue
        chosen = first(waiting).project_id
        for turn in waiting:
            if turn.project_id != chosen:
                since_own[turn.project_id].append(chosen)
                assert since_own[turn.project_id].count(chosen) <= 1
        assert len(since_own[chosen]) <= len(left) - 1
        since_own[chosen], last[chosen] = [], START + timedelta(seconds=step)
        left[chosen] -= 1


def test_who_was_never_given_anything_comes_first_and_names_settle_the_rest() -> None:
    assert first([Turn("b", START), Turn("a", START), Turn("c")]).project_id == "c"
    assert first([Turn("b", START), Turn("a", START)]).project_id == "a"
