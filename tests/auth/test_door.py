"""Signing in: who gets in, what the others are told, and how much work each answer costs."""

import asyncio

import pytest

from loom_app.auth import accounts, passwords, second_factor, service
from loom_app.auth.throttle import Throttle
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden, TooMany, Unauthenticated
from tests.support.authenticator import Authenticator
from tests.support.people import door, events, person

PASSWORD = "four plain words here"


async def alice(db: Database, role: str = "user") -> str:
    return (await person(db, role, "Alice", await passwords.hashed(PASSWORD))).id


async def refusal(db: Database, *said: str) -> tuple[str, str]:
    with pytest.raises(Unauthenticated) as refused:
        await door(db).sign_in(*said)
    return refused.value.code, refused.value.message


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of every hash that a password is compared with."""
    seen: list[str] = []
    hasher = passwords._hasher

    class Counting:
        hash = staticmethod(hasher.hash)

        @staticmethod
        def verify(password: str, stored: str) -> bool:
            seen.append(stored.rsplit("$", 2)[0])
            return bool(hasher.verify(password, stored))

    monkeypatch.setattr(passwords, "_hasher", Counting)
    return seen


async def test_sign_in_takes_the_name_in_any_case_and_tells_the_log(db: Database) -> None:
    user_id = await alice(db)
    signed_in = await door(db).sign_in("aLICE", PASSWORD)
    assert signed_in.id == user_id
    assert signed_in.last_sign_in_at is not None
    assert await events(db, user_id) == ["user.created", "user.signed_in"]


async def test_wrong_name_wrong_password_and_inactive_get_the_same_answer(db: Database) -> None:
    user_id = await alice(db)
    said = [("alice", "wrong"), ("nobody", PASSWORD), ("' OR 1=1 --", PASSWORD), ("alice", ""), ("al\x00ice", PASSWORD)]
    answers = {await refusal(db, *pair) for pair in said}
    async with db.write() as tx:
        await accounts.change(tx, user_id, is_active=False, actor=SYSTEM)
    answers.add(await refusal(db, "alice", PASSWORD))
    assert answers == {("sign_in_refused", "The user name or the password is wrong.")}


async def test_every_refusal_costs_one_comparison_of_a_hash(db: Database, counted: list[str]) -> None:
    vault = Vault(b"a master key of the test")
    await alice(db)
    gone = await person(db, "user", "gone", await passwords.hashed(PASSWORD))
    await Authenticator.of(db, vault, await person(db, "user", "bob", await passwords.hashed(PASSWORD)))
    async with db.write() as tx:
        await accounts.change(tx, gone.id, is_active=False, actor=SYSTEM)
    passwords._nobodys()
    counted.clear()
    said = [("alice", "wrong"), ("nobody", "wrong"), ("no body", "wrong"), ("gone", "wrong"), ("gone", PASSWORD)]
    for pair in (*said, ("bob", "wrong"), ("bob", PASSWORD)):
        await refusal(db, *pair)
    assert counted == ["$argon2id$v=19$m=19456,t=2,p=1"] * 7


async def test_hash_of_older_parameters_is_renewed_at_sign_in(db: Database) -> None:
    weak = passwords._hasher.using(time_cost=1).hash(PASSWORD)
    user_id = (await person(db, "user", "alice", weak)).id
    await door(db).sign_in("alice", PASSWORD)
    async with db.read() as tx:
        stored = (await service.get(tx, user_id)).password_hash
    assert stored != weak
    assert not passwords.outdated(stored)
    await door(db).sign_in("alice", PASSWORD)


class TestSecondFactor:
    """Signing in where the app's code is asked for as well."""

    @pytest.fixture
    def vault(self) -> Vault:
        return Vault(b"a master key of the test")

    @pytest.fixture
    async def app_of_alice(self, db: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
        user = await person(db, "user", "alice", await passwords.hashed(PASSWORD))
        app = await Authenticator.of(db, vault, user)
        monkeypatch.setattr(second_factor, "now", lambda: app.now)
        app.wait(90)
        return app

    async def test_the_code_is_asked_for_only_after_the_right_password(
        self, db: Database, app_of_alice: Authenticator
    ) -> None:
        assert (await refusal(db, "alice", "wrong"))[0] == "sign_in_refused"
        assert await refusal(db, "alice", "wrong") == await refusal(db, "alice", "wrong", app_of_alice.code())
        assert (await refusal(db, "alice", PASSWORD))[0] == "second_factor_required"
        assert (await refusal(db, "alice", PASSWORD, "  "))[0] == "second_factor_required"
        for wrong in ("000000", "12345", "٠٠٠٠٠٠", "aaaa-bbbb-cccc-dddd", "\ud800", "\x00"):
            assert (await refusal(db, "alice", PASSWORD, wrong))[0] == "sign_in_refused"
        assert (await door(db).sign_in("alice", PASSWORD, app_of_alice.code())).username == "alice"

    async def test_a_stolen_password_shows_in_the_log(self, db: Database, app_of_alice: Authenticator) -> None:
        await refusal(db, "alice", PASSWORD, "000000")
        assert (await events(db, app_of_alice.user_id))[-1] == "user.second_factor_refused"

    async def test_a_code_is_good_once_and_for_a_step_either_way(
        self, db: Database, app_of_alice: Authenticator
    ) -> None:
        app = app_of_alice
        for late in (-60, 60):
            assert (await refusal(db, "alice", PASSWORD, app.code(late)))[0] == "sign_in_refused"
        spaced = f" {app.code(-30)[:3]} {app.code(-30)[3:]} "
        for code in (spaced, app.code(), app.code(30)):
            assert (await door(db).sign_in("alice", PASSWORD, code)).username == "alice"
        for used in (app.code(-30), app.code(), app.code(30)):
            assert (await refusal(db, "alice", PASSWORD, used))[0] == "sign_in_refused"
        app.wait(60)
        assert await door(db).sign_in("alice", PASSWORD, app.code())

    async def test_of_two_at_once_with_one_code_one_gets_in(self, db: Database, app_of_alice: Authenticator) -> None:
        for code in (app_of_alice.code(), app_of_alice.recovery_codes[0]):
            tries = [door(db).sign_in("alice", PASSWORD, code) for _ in range(3)]
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Unauthenticated"] * 2 + ["User"]

    async def test_each_recovery_code_is_good_once_however_it_is_typed(
        self, db: Database, app_of_alice: Authenticator
    ) -> None:
        first, second = app_of_alice.recovery_codes[:2]
        assert await door(db).sign_in("alice", PASSWORD, first)
        assert await door(db).sign_in("alice", PASSWORD, f" {second.upper().replace('-', ' ')} ")
        for used in (first, second):
            assert (await refusal(db, "alice", PASSWORD, used))[0] == "sign_in_refused"
        assert (await events(db, app_of_alice.user_id)).count("user.recovery_code_used") == 2

    async def test_codes_are_slowed_from_wherever_they_come_but_recovery_codes_let_the_owner_in(
        self, db: Database, app_of_alice: Authenticator
    ) -> None:
        throttle = Throttle(lambda: 1_000.0)
        for number in range(5):
            with pytest.raises(Unauthenticated):
                await door(db, throttle=throttle, address=f"203.0.113.{number}").sign_in("alice", PASSWORD, "000000")
        elsewhere = door(db, throttle=throttle, address="10.0.0.1")
        with pytest.raises(TooMany):
            await elsewhere.sign_in("alice", PASSWORD, app_of_alice.code())
        assert await elsewhere.sign_in("alice", PASSWORD, app_of_alice.recovery_codes[0])

    async def test_a_right_password_without_a_code_still_counts_as_an_attempt(
        self, db: Database, app_of_alice: Authenticator
    ) -> None:
        throttle = Throttle(lambda: 1_000.0)
        for _ in range(5):
            with pytest.raises(Unauthenticated):
                await door(db, throttle=throttle).sign_in("alice", PASSWORD)
        with pytest.raises(TooMany):
            await door(db, throttle=throttle).sign_in("alice", PASSWORD, app_of_alice.code())


async def test_showing_the_password_again_is_throttled_with_signing_in(db: Database) -> None:
    user_id, throttle = await alice(db), Throttle(lambda: 1_000.0)
    way_in = door(db, throttle=throttle)
    for _ in range(3):
        with pytest.raises(Forbidden, match="current password is wrong"):
            await way_in.recognise(user_id, "wrong")
    for _ in range(2):
        with pytest.raises(Unauthenticated):
            await way_in.sign_in("alice", "wrong")
    with pytest.raises(TooMany):
        await way_in.recognise(user_id, PASSWORD)
