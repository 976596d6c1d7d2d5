"""Whatever order people, guessers and administrators come in, an account does what a small model of it says."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pyotp
import pytest
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from passlib.hash import argon2

from loom_app.auth import accounts, links, passwords, second_factor, service
from loom_app.auth.throttle import FORGIVEN_AFTER, FREE_PER_ACCOUNT, LONGEST_WAIT, Throttle
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from tests.support.databases import opened
from tests.support.people import door, person

T = TypeVar("T")
START = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORDS = ("four plain words here", "some other plain words", "a third set of words")
VAULT = Vault(b"a master key of the test")
numbers = count()


@dataclass
class Slowed:
    """What a throttle should do for one account."""

    failures: int = 0
    last: float = 0.0

    def waits(self, at: float) -> bool:
        if at - self.last > FORGIVEN_AFTER:
            self.failures = 0
        return self.failures >= FREE_PER_ACCOUNT and at - self.last < min(2.0 ** (self.failures - 5), LONGEST_WAIT)

    def fails(self, at: float) -> None:
        self.failures, self.last = self.failures + 1, at


@dataclass
class Model:
    """What an account should be."""

    password: str = PASSWORDS[0]
    active: bool = True
    secret: str = ""
    used_step: int = 0
    recovery: set[str] = field(default_factory=set)
    link: tuple[str, bool, float] | None = None
    attempts: Slowed = field(default_factory=Slowed)
    codes: Slowed = field(default_factory=Slowed)

    def takes(self, code: str, at: float) -> bool:
        """Whether the second factor is passed with `code`, which is then used up."""
        if code in self.recovery:
            self.recovery.remove(code)
            return True
        present = int(at) // 30
        for step in (present - 1, present, present + 1):
            if step > self.used_step and pyotp.TOTP(self.secret).generate_otp(step) == code:
                self.used_step = step
                return True
        return False

    def checks(self, code: str, at: float) -> str:
        """What is said of a second factor; empty when it is passed."""
        if not code:
            return "second_factor_required"
        if not second_factor.is_app_code(code):
            return "" if self.takes(code, at) else "wrong_code"
        if self.codes.waits(at):
            return "too_many_attempts"
        self.codes.fails(at)
        if not self.takes(code, at):
            return "wrong_code"
        self.codes = Slowed()
        return ""


class Account(RuleBasedStateMachine):
    """One account on a real database."""

    url: str
    clock: list[datetime]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.db = opened(self.url, VAULT)
        self.clock[0] = START
        self.door = door(self.db, VAULT, Throttle(self.seconds))
        self.model = Model()
        self.old_codes: list[str] = []
        self.old_links: list[str] = ["never one"]

    def seconds(self) -> float:
        return self.clock[0].timestamp()

    def does(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def said(self, work: Coroutine[Any, Any, Any]) -> str:
        """The code of the refusal of `work`; empty for none."""
        try:
            self.does(work)
        except LoomError as error:
            return {"code_refused": "wrong_code"}.get(error.code, error.code)
        return ""

    @initialize()
    def begin(self) -> None:
        self.name = f"alice{next(numbers)}"
        stored = self.does(passwords.hashed(PASSWORDS[0]))
        self.user_id = self.does(person(self.db, "user", self.name, stored)).id

    def teardown(self) -> None:
        self.does(self.db.dispose())
        self.runner.close()

    def code(self, kind: str) -> str:
        """A code of the wanted kind, as far as there is one now."""
        now = self.seconds()
        if kind.startswith("app") and self.model.secret:
            return pyotp.TOTP(self.model.secret).at(int(now) + 30 * int(kind[3:]))
        if kind == "recovery" and self.model.recovery:
            return min(self.model.recovery)
        if kind == "old recovery" and self.old_codes:
            return self.old_codes[0]
        return "" if kind == "none" else "000000"

    CODES = st.sampled_from(["none", "app-2", "app-1", "app0", "app1", "app2", "recovery", "old recovery", "wrong"])

    @rule(seconds=st.sampled_from([1, 5, 30, 60, 400, 4_000, 90_000]))
    def wait(self, seconds: int) -> None:
        self.clock[0] += timedelta(seconds=seconds)

    @rule(password=st.sampled_from((*PASSWORDS, "wrong")), kind=CODES, right=st.booleans())
    def sign_in(self, password: str, kind: str, right: bool) -> None:
        model, now, code = self.model, self.seconds(), self.code(kind)
        password = model.password if right else password
        expected = self.expected_of_sign_in(password, code, now)
        answer = self.said(self.door.sign_in(self.name, password, code))
        assert answer == {"wrong_code": "sign_in_refused"}.get(expected, expected)

    def expected_of_sign_in(self, password: str, code: str, now: float) -> str:
        model = self.model
        if model.attempts.waits(now):
            return "too_many_attempts"
        model.attempts.fails(now)
        if password != model.password or not model.active:
            return "sign_in_refused"
        fault = model.checks(code, now) if model.secret else ""
        if not fault:
            model.attempts = Slowed()
        return fault

    @precondition(lambda self: not self.model.secret)
    @rule()
    def turn_on(self) -> None:
        async def work() -> tuple[str, list[str]]:
            async with self.db.write() as tx:
                user = await service.get(tx, self.user_id, to_change=True)
                secret = (await second_factor.offer(tx, VAULT, user)).secret
                return secret, await second_factor.confirm(tx, VAULT, user, pyotp.TOTP(secret).at(self.clock[0]))

        self.model.secret, codes = self.does(work())
        self.model.used_step, self.model.recovery = int(self.seconds()) // 30, set(codes)

    @rule(kind=CODES, renew=st.booleans())
    def use_a_code_while_signed_in(self, kind: str, renew: bool) -> None:
        code, model = self.code(kind), self.model

        async def work() -> list[str]:
            async with self.db.write() as tx:
                user = await service.get(tx, self.user_id, to_change=True)
                await self.door.check_code(tx, user, code)
                if renew:
                    return await second_factor.renew_recovery_codes(tx, user)
                await second_factor.remove(tx, user, SYSTEM)
                return []

        before = set(model.recovery)
        expected = model.checks(code, self.seconds()) if model.secret else "second_factor_off"
        made: list[str] = []

        async def keeping() -> None:
            made.extend(await work())

        assert self.said(keeping()) == expected
        if not expected:
            self.old_codes = [*before, *self.old_codes]
            model.recovery = set(made)
            model.secret = model.secret if renew else ""

    @rule(ends_factor=st.booleans())
    def make_link(self, ends_factor: bool) -> None:
        made: list[str] = []

        async def work() -> None:
            async with self.db.write() as tx:
                token, _ = await accounts.reset_link(tx, self.user_id, ends_second_factor=ends_factor, actor=SYSTEM)
                made.append(token)

        assert self.said(work()) == ("" if self.model.active else "user_inactive")
        if made:
            self.old_links += [self.model.link[0]] if self.model.link else []
            self.model.link = (made[0], ends_factor, self.seconds() + 86_400)

    @rule(newest=st.booleans(), password=st.sampled_from(PASSWORDS))
    def use_link(self, newest: bool, password: str) -> None:
        link, model = self.model.link, self.model
        token = link[0] if link and newest else self.old_links[-1]
        good = link is not None and newest and self.seconds() < link[2]
        assert self.said(accounts.redeem_reset(self.db, token, password)) == ("" if good else "reset_token_invalid")
        if good and link:
            self.old_links.append(link[0])
            model.password, model.link = password, None
            if link[1]:
                self.old_codes, model.recovery, model.secret = [*model.recovery, *self.old_codes], set(), ""

    @rule(active=st.booleans())
    def activate(self, active: bool) -> None:
        async def work() -> None:
            async with self.db.write() as tx:
                await accounts.change(tx, self.user_id, is_active=active, actor=SYSTEM)

        self.does(work())
        if active != self.model.active:
            self.old_links += [self.model.link[0]] if self.model.link else []
            self.model.active, self.model.link = active, None


def test_an_account_does_what_the_model_says(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [START]
    passwords._nobodys()  # made once for the whole process, as it is to be
    monkeypatch.setattr(passwords, "_hasher", argon2.using(type="ID", memory_cost=8, time_cost=1, parallelism=1))
    monkeypatch.setattr(passwords, "_present_form", "$argon2id$v=19$m=8,t=1,p=1$")
    for module in (second_factor, links):
        monkeypatch.setattr(module, "now", lambda: clock[0])
    url = db.url.render_as_string(hide_password=False)
    machine = type("Account", (Account,), {"url": url, "clock": clock})
    wanted = hypothesis_settings(max_examples=25, stateful_step_count=30, phases=[Phase.generate])
    run_state_machine_as_test(machine, settings=wanted)
