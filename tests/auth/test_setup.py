"""The first user comes from the operator's password or from a link that works once."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlmodel import col

from loom_app.auth import setup
from loom_app.auth.models import OneTimeLink, User
from loom_app.config import Settings
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid
from tests.support import people
from tests.support.people import person

PASSWORD = "four plain words here"


async def link_token(db: Database) -> str:
    link = await setup.pending_link(db, "https://loom.example/")
    assert link
    found = re.fullmatch(r"https://loom\.example/setup\?token=([A-Za-z0-9_-]{43})", link)
    assert found
    return found[1]


async def test_link_makes_the_administrator_and_is_gone(db: Database) -> None:
    token = await link_token(db)
    user = await setup.redeem(db, token, "Root", PASSWORD, "root@example.org")
    assert (user.role, user.username, user.email) == ("admin", "Root", "root@example.org")
    assert (await people.door(db).sign_in("root", PASSWORD)).id == user.id
    assert await setup.pending_link(db, "https://loom.example") is None
    with pytest.raises(Conflict, match="set up already"):
        await setup.redeem(db, token, "second", PASSWORD)
    async with db.read() as tx:
        assert not await setup.needed(tx)
        assert not (await tx.execute(text("SELECT * FROM one_time_links"))).all()


async def test_of_two_at_once_one_wins(db: Database) -> None:
    token = await link_token(db)
    tries = [setup.redeem(db, token, f"user{number}", PASSWORD) for number in range(4)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert all(isinstance(outcome, User | Conflict | Forbidden) for outcome in outcomes), outcomes


async def test_a_new_link_ends_the_old_one(db: Database) -> None:
    old, new = await link_token(db), await link_token(db)
    with pytest.raises(Forbidden, match="wrong, used or older"):
        await setup.redeem(db, old, "root", PASSWORD)
    assert await setup.redeem(db, new, "root", PASSWORD)


@pytest.mark.parametrize("token", ["", "guess", "\ud800", "x" * 10_000])
async def test_wrong_token_is_refused_before_anything_else_is_said(db: Database, token: str) -> None:
    await link_token(db)
    with pytest.raises(Forbidden, match="wrong, used or older"):
        await setup.redeem(db, token, "", "")


async def test_expired_link_is_refused(db: Database) -> None:
    token = await link_token(db)
    async with db.write() as tx:
        await tx.execute(update(OneTimeLink).values({col(OneTimeLink.expires_at): now() - timedelta(seconds=1)}))
    with pytest.raises(Forbidden):
        await setup.redeem(db, token, "root", PASSWORD)


async def test_a_refused_password_leaves_the_link_usable(db: Database) -> None:
    token = await link_token(db)
    for username, password, email in (("root", "short", ""), ("", PASSWORD, ""), ("root", PASSWORD, "nowhere")):
        with pytest.raises(Invalid):
            await setup.redeem(db, token, username, password, email)
    assert await setup.redeem(db, token, "root", PASSWORD)


async def test_only_a_hash_of_the_token_is_kept(db: Database) -> None:
    token = await link_token(db)
    async with db.read() as tx:
        assert token not in str((await tx.execute(text("SELECT * FROM one_time_links"))).all())


async def test_operators_password_makes_admin_once(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOM_ADMIN_PASSWORD", PASSWORD)
    assert await setup.ensure_first_user(db, settings)
    monkeypatch.setenv("LOOM_ADMIN_PASSWORD", "another plain password")
    assert not await setup.ensure_first_user(db, settings)
    assert (await people.door(db).sign_in("admin", PASSWORD)).role == "admin"
    assert await setup.pending_link(db, "http://localhost") is None


async def test_no_operators_password_no_user(db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOOM_ADMIN_PASSWORD", raising=False)
    assert not await setup.ensure_first_user(db, settings)
    assert await setup.pending_link(db, "http://localhost")


async def test_operators_password_changes_nothing_where_there_are_users(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person(db, "admin", "root")
    monkeypatch.setenv("LOOM_ADMIN_PASSWORD", "short")
    assert not await setup.ensure_first_user(db, settings)


@pytest.mark.parametrize("password", ["seven77", "x" * 129])
async def test_start_is_refused_with_a_password_of_wrong_length(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("LOOM_ADMIN_PASSWORD", password)
    with pytest.raises(Invalid, match=r"^LOOM_ADMIN_PASSWORD: The password has"):
        await setup.ensure_first_user(db, settings)


async def test_weak_operators_password_is_taken_with_a_warning(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOM_ADMIN_PASSWORD", "password123")
    assert await setup.ensure_first_user(db, settings)
