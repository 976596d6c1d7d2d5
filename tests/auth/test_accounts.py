"""What administrators do to accounts, and that somebody is always left who can."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlmodel import col

from loom_app.auth import accounts, links, passwords, repository, service
from loom_app.auth.links import Purpose
from loom_app.auth.models import ApiKey, OneTimeLink, ProjectMember, RecoveryCode, SecondFactor, User
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.support import rows
from tests.support.authenticator import Authenticator
from tests.support.people import door, events, person

PASSWORD, NEXT = "four plain words here", "some other plain words"


async def change(db: Database, user_id: str, actor: User | None = None, **wanted: str | bool) -> User:
    by = service.actor_for(actor) if actor else SYSTEM
    async with db.write() as tx:
        return await accounts.change(tx, user_id, actor=by, **wanted)  # type: ignore[arg-type]


async def delete(db: Database, user_id: str, actor: User | None = None) -> None:
    async with db.write() as tx:
        await accounts.delete(tx, user_id, actor=service.actor_for(actor) if actor else SYSTEM)


async def reset_link(db: Database, user_id: str, *, ends_second_factor: bool = False) -> str:
    async with db.write() as tx:
        token, _ = await accounts.reset_link(tx, user_id, ends_second_factor=ends_second_factor, actor=SYSTEM)
    return token


async def count(db: Database, table: type) -> int:
    async with db.read() as tx:
        return (await tx.execute(select(func.count()).select_from(table))).scalar_one()


async def test_each_change_is_told_once_and_a_change_to_the_same_is_none(db: Database) -> None:
    user = await person(db, "user", "alice")
    for _ in range(2):
        await change(db, user.id, email="alice@example.org")
        await change(db, user.id, role="viewer")
        await change(db, user.id, is_active=False)
    await change(db, user.id, is_active=True, role="user")
    assert (await events(db, user.id))[1:] == [
        "user.email_changed", "user.role_changed", "user.deactivated", "user.role_changed", "user.activated",
    ]  # fmt: skip


async def test_a_new_role_and_a_deactivation_end_sessions_and_an_address_does_not(db: Database) -> None:
    user = await person(db, "user", "alice")
    assert (await change(db, user.id, email="a@example.org")).version == 1
    assert (await change(db, user.id, role="viewer")).version == 2
    assert (await change(db, user.id, is_active=False)).version == 3


async def test_refused_changes_change_nothing(db: Database) -> None:
    user = await person(db, "user", "alice")
    for wrong in (change(db, user.id, email="nowhere"), change(db, user.id, role="root")):
        with pytest.raises(Invalid):
            await wrong
    with pytest.raises(NotFound):
        await change(db, "user-nobody", role="viewer")
    assert await events(db, user.id) == ["user.created"]


async def test_the_last_active_administrator_stays(db: Database) -> None:
    first, second = await person(db, "admin", "first"), await person(db, "admin", "second")
    await change(db, first.id, is_active=False)
    for lost in (change(db, second.id, is_active=False), change(db, second.id, role="user"), delete(db, second.id)):
        with pytest.raises(Conflict, match="only active administrator"):
            await lost
    await change(db, second.id, role="admin", email="still@example.org")
    await delete(db, first.id)


@pytest.mark.parametrize("way", ["demote", "deactivate", "delete"])
async def test_of_two_administrators_who_turn_on_each_other_one_stays(db: Database, way: str) -> None:
    first, second = await person(db, "admin", "first"), await person(db, "admin", "second")

    async def against(other: User, by: User) -> None:
        if way == "delete":
            await delete(db, other.id, by)
        else:
            await change(db, other.id, by, **({"role": "user"} if way == "demote" else {"is_active": False}))

    outcomes = await asyncio.gather(against(second, first), against(first, second), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
    async with db.write() as tx:
        assert len(await repository.hold_admins(tx)) == 1


async def test_nobody_locks_themselves_out_by_accident(db: Database) -> None:
    me, _ = await person(db, "admin", "me"), await person(db, "admin", "other")
    for lost in (change(db, me.id, me, is_active=False), change(db, me.id, me, role="user"), delete(db, me.id, me)):
        with pytest.raises(Conflict, match="lock you out"):
            await lost
    assert (await change(db, me.id, me, email="me@example.org", role="admin", is_active=True)).email == "me@example.org"


async def test_what_a_deleted_user_had_goes_and_the_log_keeps_the_name(db: Database) -> None:
    await rows.project(db)
    user = await person(db, "user", "alice")
    await Authenticator.of(db, Vault(b"a master key of the test"), user)
    await reset_link(db, user.id)
    async with db.write() as tx:
        tx.add(ProjectMember(user_id=user.id, project_id="kitchen"))
        tx.add(ApiKey(id="k", user_id=user.id, name="n", mac="m", pepper_id="p", created_by=user.id))
    await delete(db, user.id)
    for table in (User, ProjectMember, ApiKey, SecondFactor, RecoveryCode, OneTimeLink):
        assert await count(db, table) == 0
    async with db.read() as tx:
        told = (await tx.execute(text("SELECT data FROM events WHERE type = 'user.deleted'"))).scalar_one()
    assert "alice" in str(told)
    again = await person(db, "user", "alice")
    assert again.id != user.id


async def test_a_reset_link_sets_a_password_once_and_ends_sessions(db: Database) -> None:
    user = await person(db, "user", "alice", await passwords.hashed(PASSWORD))
    token = await reset_link(db, user.id)
    for weak in ("short", "password1", "alice-2026"):
        with pytest.raises(Invalid):
            await accounts.redeem_reset(db, token, weak)
    assert (await accounts.redeem_reset(db, token, NEXT)).version == user.version + 1
    assert (await door(db).sign_in("alice", NEXT)).id == user.id
    with pytest.raises(Unauthenticated):
        await door(db).sign_in("alice", PASSWORD)
    with pytest.raises(Forbidden, match="wrong, used or older"):
        await accounts.redeem_reset(db, token, PASSWORD)
    told = ["user.reset_link_made", "user.password_changed", "user.signed_in", "user.sign_in_refused"]
    assert (await events(db, user.id))[1:] == told


async def test_of_two_who_use_a_reset_link_at_once_one_succeeds(db: Database) -> None:
    token = await reset_link(db, (await person(db, "user")).id)
    tries = [accounts.redeem_reset(db, token, f"{number} plain words here") for number in range(3)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Forbidden", "Forbidden", "User"]


@pytest.mark.parametrize("end", ["newer", "expired", "deactivated", "deleted", "password", "wrong", "setup"])
async def test_links_that_no_longer_hold(db: Database, end: str) -> None:
    user = await person(db, "user", "alice", await passwords.hashed(PASSWORD))
    token = await reset_link(db, user.id)
    if end == "newer":
        await reset_link(db, user.id)
    elif end == "deactivated":
        await change(db, user.id, is_active=False)
        await change(db, user.id, is_active=True)
    elif end == "deleted":
        await delete(db, user.id)
    elif end == "password":
        await service.change_password(db, await door(db).recognise(user.id, PASSWORD), NEXT)
    elif end == "expired":
        async with db.write() as tx:
            await tx.execute(update(OneTimeLink).values({col(OneTimeLink.expires_at): now() - timedelta(seconds=1)}))
    elif end == "setup":
        async with db.write() as tx:
            token, _ = await links.make(tx, Purpose.SETUP)
    else:
        token += "x"
    with pytest.raises(Forbidden, match="wrong, used or older"):
        await accounts.redeem_reset(db, token, "quite other plain words")


async def test_links_of_two_users_stand_side_by_side(db: Database) -> None:
    first, second = await person(db, "user", "first"), await person(db, "user", "second")
    one, other = await reset_link(db, first.id), await reset_link(db, second.id)
    assert (await accounts.redeem_reset(db, other, NEXT)).id == second.id
    assert (await accounts.redeem_reset(db, one, NEXT)).id == first.id


async def test_no_link_for_who_may_not_come_in_anyway(db: Database) -> None:
    user = await person(db, "user")
    await change(db, user.id, is_active=False)
    with pytest.raises(Conflict, match="inactive"):
        await reset_link(db, user.id)


@pytest.mark.parametrize("ends", [True, False])
async def test_a_reset_takes_the_second_factor_away_only_where_that_was_asked_for(db: Database, ends: bool) -> None:
    user = await person(db, "user", "alice")
    await Authenticator.of(db, Vault(b"a master key of the test"), user)
    done = await accounts.redeem_reset(db, await reset_link(db, user.id, ends_second_factor=ends), NEXT)
    assert done.totp_enabled is not ends
    assert await count(db, SecondFactor) == (0 if ends else 1)
    assert ("user.second_factor_off" in await events(db, user.id)) is ends


async def test_only_hashes_of_links_and_recovery_codes_are_kept_and_seeds_are_sealed(db: Database) -> None:
    user = await person(db, "user")
    app = await Authenticator.of(db, Vault(b"a master key of the test"), user)
    token = await reset_link(db, user.id)
    tables = ("users", "one_time_links", "second_factors", "recovery_codes", "events")
    async with db.read() as tx:
        kept = "".join([str((await tx.execute(text(f"SELECT * FROM {table}"))).all()) for table in tables])
        shown = repr(await tx.get(SecondFactor, user.id))
    for secret in (token, app.secret, *app.recovery_codes, *(code.replace("-", "") for code in app.recovery_codes)):
        assert secret not in kept
        assert secret not in shown
