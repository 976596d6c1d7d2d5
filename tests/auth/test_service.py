"""Users: made once, signed in, changed, let in no more."""

import asyncio

import pytest
from sqlalchemy import text

from loom_app.auth import passwords, repository, service
from loom_app.events.repository import newest
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.support.people import person

PASSWORD = "four plain words here"
NEXT = "some other plain words"


async def events(db: Database, user_id: str) -> list[str]:
    async with db.read() as tx:
        found = await newest(tx, EVERYTHING, limit=10, project_id=None, types=None, subject_id=user_id, before=None)
    return [event.type for event in reversed(found)]


async def alice(db: Database, role: str = "user") -> str:
    return (await person(db, role, "Alice", await passwords.hashed(PASSWORD))).id


async def test_sign_in_takes_the_name_in_any_case_and_tells_the_log(db: Database) -> None:
    user_id = await alice(db)
    assert (await service.sign_in(db, "aLICE", PASSWORD)).id == user_id
    assert await events(db, user_id) == ["user.created", "user.signed_in"]


async def test_wrong_name_wrong_password_and_inactive_get_the_same_answer(db: Database) -> None:
    user_id = await alice(db)
    answers = set()
    for name, password in (("alice", "wrong"), ("nobody", PASSWORD), ("' OR 1=1 --", PASSWORD), ("alice", "")):
        with pytest.raises(Unauthenticated) as refused:
            await service.sign_in(db, name, password)
        answers.add(refused.value.message)
    async with db.write() as tx:
        await service.deactivate(tx, user_id, actor=SYSTEM)
    with pytest.raises(Unauthenticated) as refused:
        await service.sign_in(db, "alice", PASSWORD)
    assert answers == {refused.value.message}


async def test_unknown_user_costs_a_hash_like_a_known_one(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    hasher = passwords._hasher

    class Counting:
        hash = staticmethod(hasher.hash)

        @staticmethod
        def verify(password: str, stored: str) -> bool:
            seen.append(stored.rsplit("$", 2)[0])
            return bool(hasher.verify(password, stored))

    monkeypatch.setattr(passwords, "_hasher", Counting)
    await alice(db)
    for name in ("alice", "nobody"):
        with pytest.raises(Unauthenticated):
            await service.sign_in(db, name, "wrong")
    assert seen == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


async def test_hash_of_older_parameters_is_renewed_at_sign_in(db: Database) -> None:
    weak = passwords._hasher.using(time_cost=1).hash(PASSWORD)
    user_id = (await person(db, "user", "alice", weak)).id
    await service.sign_in(db, "alice", PASSWORD)
    async with db.read() as tx:
        stored = (await service.get(tx, user_id)).password_hash
    assert stored != weak
    assert not passwords.outdated(stored)
    await service.sign_in(db, "alice", PASSWORD)


@pytest.mark.parametrize("name", ["", " alice", "alice\n", "al ice", "-alice", "älice", "a" * 65, "a/b", "<b>"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(Invalid, match="cannot be a user name"):
        service.check_username(name)


@pytest.mark.parametrize("name", ["alice", "ALICE"])
async def test_a_name_is_given_once(db: Database, name: str) -> None:
    await person(db, "user", "alice")
    with pytest.raises(Conflict, match="already a user"):
        await person(db, "user", name)


async def test_of_two_who_take_a_name_at_once_one_gets_it(db: Database) -> None:
    outcomes = await asyncio.gather(*(person(db, "user", "alice") for _ in range(5)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict"] * 4 + ["User"]


async def test_role_and_email_are_checked(db: Database) -> None:
    with pytest.raises(Invalid, match=r"is not a role\. Roles are admin, user, viewer, service"):
        await person(db, "root")
    async with db.write() as tx:
        with pytest.raises(Invalid, match="not an e-mail address"):
            await service.create_user(tx, username="a", password_hash="", role="user", email="nowhere")


async def test_change_password_ends_sessions_and_needs_the_current_one(db: Database) -> None:
    user_id = await alice(db)
    with pytest.raises(Forbidden, match="current password is wrong"):
        await service.change_password(db, user_id, "wrong", NEXT)
    with pytest.raises(Invalid, match="password"):
        await service.change_password(db, user_id, PASSWORD, "alice")
    changed = await service.change_password(db, user_id, PASSWORD, NEXT)
    assert changed.version == 2
    assert (await service.sign_in(db, "alice", NEXT)).id == user_id
    with pytest.raises(Unauthenticated):
        await service.sign_in(db, "alice", PASSWORD)
    assert "user.password_changed" in await events(db, user_id)


async def test_two_changes_at_once_do_not_both_count(db: Database) -> None:
    user_id = await alice(db)
    both = [service.change_password(db, user_id, PASSWORD, new) for new in (NEXT, "quite different words")]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) in (["Conflict", "User"], ["Forbidden", "User"])


async def test_operator_sets_a_password(db: Database) -> None:
    user_id = await alice(db)
    async with db.write() as tx:
        await service.set_password(tx, "alice", await passwords.hashed(NEXT))
    assert (await service.sign_in(db, "alice", NEXT)).id == user_id
    async with db.write() as tx:
        with pytest.raises(NotFound, match="no user 'bob'"):
            await service.set_password(tx, "bob", "")


async def test_last_active_administrator_stays(db: Database) -> None:
    first, second = await alice(db, "admin"), (await person(db, "admin", "second")).id
    async with db.write() as tx:
        await service.deactivate(tx, first, actor=SYSTEM)
        await service.deactivate(tx, first, actor=SYSTEM)
    assert (await events(db, first)).count("user.deactivated") == 1
    async with db.write() as tx:
        with pytest.raises(Conflict, match="only active administrator"):
            await service.deactivate(tx, second, actor=SYSTEM)


async def test_no_secret_in_the_log_or_in_repr(db: Database) -> None:
    user_id = await alice(db)
    async with db.read() as tx:
        written = str((await tx.execute(text("SELECT * FROM events"))).all())
        user = await repository.by_id(tx, user_id)
    assert "argon2" not in written
    assert "argon2" not in repr(user)
