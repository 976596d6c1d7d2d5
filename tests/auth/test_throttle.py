"""Guessing gets slower, and honest people are not locked out."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from loom_app.auth import throttle
from loom_app.auth.throttle import Throttle
from loom_app.kernel.errors import TooMany


class Clock:
    """A clock that stands until told otherwise."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(clock: Clock) -> Throttle:
    return Throttle(clock)


def fail(door: Throttle, times: int, account: str = "alice", address: str = "10.0.0.1") -> None:
    for _ in range(times):
        door.admit(account, address)


def test_five_failures_are_free_then_the_wait_doubles(door: Throttle, clock: Clock) -> None:
    fail(door, 5)
    for wait in (1, 2, 4, 8):
        with pytest.raises(TooMany) as refused:
            door.admit("Alice", "10.0.0.1")
        assert refused.value.extra["retry_after"] == wait
        clock.seconds += wait
        door.admit("alice", "10.0.0.1")


def test_wait_never_exceeds_five_minutes(door: Throttle, clock: Clock) -> None:
    for _ in range(60):
        fail(door, 1)
        clock.seconds += throttle.LONGEST_WAIT
    fail(door, 1)
    with pytest.raises(TooMany) as refused:
        fail(door, 1)
    assert refused.value.extra["retry_after"] <= throttle.LONGEST_WAIT


def test_refused_attempts_do_not_lengthen_the_wait(door: Throttle, clock: Clock) -> None:
    fail(door, 5)
    for _ in range(100):
        with pytest.raises(TooMany):
            fail(door, 1)
    clock.seconds += 1
    fail(door, 1)


def test_a_guesser_elsewhere_does_not_lock_the_owner_out(door: Throttle) -> None:
    fail(door, 5, address="203.0.113.9")
    with pytest.raises(TooMany):
        fail(door, 1, address="203.0.113.9")
    fail(door, 1, address="10.0.0.1")


def test_one_address_over_many_accounts_is_slowed_too(door: Throttle) -> None:
    for number in range(50):
        fail(door, 1, account=f"user{number}")
    with pytest.raises(TooMany):
        fail(door, 1, account="yet-another")


def test_success_forgives_the_account_but_not_the_others_tried_from_there(door: Throttle) -> None:
    for number in range(48):
        fail(door, 1, account=f"user{number}")
    fail(door, 1)
    door.succeeded("alice", "10.0.0.1")
    fail(door, 2, account="bob")
    with pytest.raises(TooMany):
        fail(door, 1, account="carol")


def test_failures_are_forgotten_after_an_hour(door: Throttle, clock: Clock) -> None:
    fail(door, 5)
    clock.seconds += throttle.FORGIVEN_AFTER + 1
    fail(door, 5)


class AnySequence(RuleBasedStateMachine):
    """Whatever happens, memory stays bounded and nobody waits longer than the limit."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.door = Throttle(self.clock)

    @rule(account=st.sampled_from("abc"), address=st.sampled_from("xyz"), right=st.booleans())
    def attempt(self, account: str, address: str, right: bool) -> None:
        try:
            self.door.admit(account, address)
        except TooMany:
            self.clock.seconds += throttle.LONGEST_WAIT
            self.door.admit(account, address)
        if right:
            self.door.succeeded(account, address)

    @rule(seconds=st.floats(0, 5_000))
    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds

    @invariant()
    def is_bounded(self) -> None:
        assert len(self.door._tallies) <= 12


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=30)


def test_memory_is_bounded(door: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED", 20)
    for number in range(100):
        fail(door, 1, account=f"user{number}", address=f"10.0.0.{number}")
    assert len(door._tallies) <= 20


def test_codes_are_not_forgotten_for_attempts_from_many_addresses(
    door: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "REMEMBERED", 20)
    for _ in range(5):
        door.admit_code("user-1")
    for number in range(100):
        fail(door, 1, account=f"user{number}", address=f"10.0.0.{number}")
    with pytest.raises(TooMany):
        door.admit_code("user-1")
    door.admit_code("user-2")
