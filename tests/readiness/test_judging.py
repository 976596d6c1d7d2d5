"""From what is known of a project to whether work goes on."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.gitaccess.check import Finding
from loom_app.gitaccess.models import AuthMethod
from loom_app.kernel.clock import now
from loom_app.readiness.judging import Facts, State, judged

WELL = Facts(
    finding=Finding(True, "Fine.", may_push=True), checked_at=now(), by_ssh=True, method=AuthMethod.SSH,
    has_tests=True, agents=3, problem="",
)  # fmt: skip
GONE = Finding(False, "Its host does not answer.", "remote_gone")


@pytest.mark.parametrize("mode", ["warn", "block"])
def test_a_project_that_is_in_order_is_ready(mode: Literal["warn", "block"]) -> None:
    assert (judged(WELL, mode).state, judged(WELL, mode).reasons) == (State.READY, ())


@pytest.mark.parametrize(
    ("facts", "codes", "warn", "block"),
    [
        (replace(WELL, finding=GONE), ["remote_gone"], "warn", "block"),
        (replace(WELL, finding=None, method=AuthMethod.NONE), ["no_key"], "warn", "block"),
        (replace(WELL, finding=Finding(True, "x", "new_key_not_working")), ["new_key_not_working"], "warn", "warn"),
        (replace(WELL, has_tests=False), ["no_test_command"], "warn", "warn"),
        (replace(WELL, agents=0, finding=GONE), ["remote_gone", "no_agents"], "warn", "block"),
        (replace(WELL, problem="Not delivered."), ["repository_problem"], "warn", "warn"),
        (replace(WELL, problem="Not delivered.", finding=GONE), ["remote_gone"], "warn", "block"),
    ],
)
def test_what_is_amiss_is_named_and_holds_work_back_where_that_is_wanted(
    facts: Facts, codes: list[str], warn: str, block: str
) -> None:
    assert (judged(facts, "warn").codes, judged(facts, "warn").state) == (codes, warn)
    assert (judged(facts, "block").codes, judged(facts, "block").state) == (codes, block)


def test_a_repository_nobody_has_looked_at_holds_work_back_only_where_that_is_wanted() -> None:
    unseen = replace(WELL, finding=None)
    assert judged(unseen, "warn").state == State.READY
    assert judged(unseen, "block").codes == ["not_checked"]


@given(
    code=st.sampled_from(["", "remote_gone", "wrong_key", "new_key_not_working", "git_failed"]),
    by_ssh=st.booleans(), has_tests=st.booleans(), agents=st.integers(0, 3), problem=st.sampled_from(["", "x"]),
    method=st.sampled_from(AuthMethod),
)  # fmt: skip
def test_warning_mode_never_holds_back_and_both_modes_find_the_same(
    code: str, by_ssh: bool, has_tests: bool, agents: int, problem: str, method: AuthMethod
) -> None:
    facts = Facts(Finding(not code, "m", code), now(), by_ssh, method, has_tests, agents, problem)
    warned, held = judged(facts, "warn"), judged(facts, "block")
    assert warned.state != State.BLOCK
    assert set(warned.codes) == set(held.codes)
    assert all(reason.message for reason in held.reasons)
