"""What the pages of accounts keep: who may see them, what they show, and that nothing secret gets there."""

from typing import Any

import pytest
from fastapi import FastAPI

from loom_app.auth import tokens
from loom_app.auth.models import User
from loom_app.auth.permissions import CATALOGUE, PERMISSIONS, Role
from loom_app.auth.sessions import COOKIE
from loom_app.config import Settings
from loom_app.kernel.actor import Actor
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.ui import roles, runtime
from loom_app.ui.grants import NAMES, grantable
from loom_app.ui.pages.account.state import AccountState, seen
from loom_app.ui.pages.users.rows import MOST
from loom_app.ui.pages.users.state import UsersState, UserState, wanted_page
from tests.support import people
from tests.support.handlers import Tab


@pytest.fixture(autouse=True)
def using(app: FastAPI, db: Database, vault: Vault, settings: Settings) -> None:
    """The pages on the test's database."""
    runtime.install(runtime.Runtime(db, vault, app.state.keys, settings, app.state.tail))


async def tab(app: FastAPI, user: User, state: Any, path: str = "/users", **query: str) -> Tab:
    """A tab of `user` on the page at `path`, loaded."""
    opened = Tab(state, f"{COOKIE}={await tokens.issue(app.state.keys, user)}", path)
    opened.router.url.query_parameters = query
    assert await state.load.fn(opened) in (None, [])
    return opened


async def test_administrators_see_users_by_name(app: FastAPI) -> None:
    admin = await people.person(app.state.db, "admin")
    await people.person(app.state.db, "viewer", "vera")
    page = await tab(app, admin, UsersState)
    assert [(user.username, user.role, user.is_active) for user in page.users] == [
        ("admin", "admin", True),
        ("vera", "viewer", True),
    ]
    assert page.is_last


@pytest.mark.parametrize("role", ["user", "viewer", "service"])
@pytest.mark.parametrize("state", [UsersState, UserState])
async def test_nobody_else_gets_users_and_the_page_itself_says_so(app: FastAPI, role: str, state: Any) -> None:
    somebody = await people.person(app.state.db, role)
    page = await tab(app, somebody, state, f"/users/{somebody.id}")
    assert not page.loaded
    assert somebody.id not in page.shown()


async def test_users_come_in_pages(app: FastAPI) -> None:
    admin = await people.person(app.state.db, "admin")
    for number in range(MOST):
        await people.person(app.state.db, "viewer", f"v{number:03}")
    first, second = await tab(app, admin, UsersState), await tab(app, admin, UsersState, page="2")
    assert (len(first.users), first.is_last, first.total) == (MOST, False, MOST + 1)
    assert ([user.username for user in second.users], second.is_last) == ([f"v{MOST - 1:03}"], True)


@pytest.mark.parametrize("given", ["", "0", "-1", "1.5", "²", "x", "9" * 40, "١"])
def test_an_address_without_a_page_number_is_the_first_page(given: str) -> None:
    assert wanted_page(given) == 1


def test_an_address_with_a_page_number() -> None:
    assert wanted_page("12") == 12


async def test_one_user_and_what_their_keys_can_be_given(app: FastAPI) -> None:
    admin = await people.person(app.state.db, "admin")
    vera = await people.person(app.state.db, "viewer", "vera")
    page = await tab(app, admin, UserState, f"/users/{vera.id}/")
    assert page.user.username == "vera"
    assert set(page.grantable) == PERMISSIONS[Role.VIEWER]


async def test_a_user_that_is_none_is_told_as_such(app: FastAPI) -> None:
    page = await tab(app, await people.person(app.state.db, "admin"), UserState, "/users/user-gone")
    assert page.loaded
    assert page.user.id == ""


@pytest.mark.parametrize("role", ["admin", "user", "viewer"])
async def test_everybody_sees_their_own_account(app: FastAPI, role: str) -> None:
    page = await tab(app, await people.person(app.state.db, role), AccountState, "/account")
    assert (page.username, page.role) == (role, role)
    assert page.grantable
    assert "hash" not in page.shown()


def test_how_many_projects_in_words() -> None:
    assert [seen(None), seen(frozenset("a")), seen(frozenset("ab"))] == ["all of them", "1 project", "2 projects"]
    assert "ask" in seen(frozenset())


def test_what_can_be_granted_is_every_single_permission_there_is() -> None:
    assert set(NAMES) == {name for name in CATALOGUE if "*" not in name}


def test_nobody_grants_more_than_both_hold() -> None:
    admin = Actor("user", "a", "a", PERMISSIONS[Role.ADMIN])
    viewer = Actor("user", "v", "v", PERMISSIONS[Role.VIEWER])
    assert grantable(admin, "admin") == list(NAMES)
    assert grantable(admin, "service") == list(NAMES)
    assert set(grantable(admin, "viewer")) == PERMISSIONS[Role.VIEWER]
    assert set(grantable(viewer, "admin")) == PERMISSIONS[Role.VIEWER]


def test_every_role_has_words() -> None:
    assert set(roles.MEANINGS) == {role.value for role in Role}
