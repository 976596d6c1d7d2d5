"""Users: made once, found, given other passwords."""

import asyncio

import pytest
from sqlalchemy import text

from loom_app.auth import passwords, repository, service
from loom_app.auth.models import User
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.support import people
from tests.support.people import events, person

PASSWORD = "four plain words here"
NEXT = "some other plain words"


async def changed_password(db: Database, user_id: str, current: str, new: str) -> User:
    return await service.change_password(db, await people.door(db).recognise(user_id, current), new)


async def alice(db: Database, role: str = "user") -> str:
    return (await person(db, role, "Alice", await passwords.hashed(PASSWORD))).id


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
        for email in ("nowhere", "a@b c", "a\x00@b", "@b", "a@", "a@b\n", "a@\ud800", "a" * 65 + "@b"):
            with pytest.raises(Invalid, match="not an e-mail address"):
                await service.create_user(tx, username="a", password_hash="", role="user", email=email)


async def test_change_password_ends_sessions_and_needs_the_current_one(db: Database) -> None:
    user_id = await alice(db)
    with pytest.raises(Forbidden, match="current password is wrong"):
        await changed_password(db, user_id, "wrong", NEXT)
    with pytest.raises(Invalid, match="password"):
        await changed_password(db, user_id, PASSWORD, "alice")
    changed = await changed_password(db, user_id, PASSWORD, NEXT)
    assert changed.version == 2
    assert (await people.door(db).sign_in("alice", NEXT)).id == user_id
    with pytest.raises(Unauthenticated):
        await people.door(db).sign_in("alice", PASSWORD)
    assert "user.password_changed" in await events(db, user_id)


async def test_two_changes_at_once_do_not_both_count(db: Database) -> None:
    user_id = await alice(db)
    both = [changed_password(db, user_id, PASSWORD, new) for new in (NEXT, "quite different words")]
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) in (["Conflict", "User"], ["Forbidden", "User"])


async def test_operator_sets_a_password(db: Database) -> None:
    user_id = await alice(db)
    async with db.write() as tx:
        await service.give_password(tx, await service.named(tx, "ALICE"), await passwords.hashed(NEXT))
    assert (await people.door(db).sign_in("alice", NEXT)).id == user_id
    async with db.read() as tx:
        with pytest.raises(NotFound, match="no user 'bob'"):
            await service.named(tx, "bob")


async def test_no_secret_in_the_log_or_in_repr(db: Database) -> None:
    user_id = await alice(db)
    async with db.read() as tx:
        written = str((await tx.execute(text("SELECT * FROM events"))).all())
        user = await repository.by_id(tx, user_id)
    assert "argon2" not in written
    assert "argon2" not in repr(user)
