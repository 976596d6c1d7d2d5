"""What the pages of users keep. What is done to users happens in components, by REST."""

import reflex as rx

from loom_app.auth import repository
from loom_app.ui.gate import actor, handler
from loom_app.ui.grants import grantable
from loom_app.ui.live import reload_on
from loom_app.ui.pages.audit.rows import AuditRow, trail
from loom_app.ui.pages.users.rows import MOST, UserRow, page, row
from loom_app.ui.runtime import runtime

LATEST = 20
"""How many entries of the audit log a user's page shows."""


class UsersState(rx.State):
    """One page of users."""

    loaded: bool = False
    users: list[UserRow] = []
    number: int = 1
    is_last: bool = True
    total: int = 0

    @handler("system:admin", quiet=True)
    async def load(self) -> None:
        """The users of the page that the address names."""
        self.number = wanted_page(self.router.url.query_parameters.get("page", ""))
        async with runtime().db.read() as tx:
            self.users, self.total = await page(tx, self.number)
        self.is_last = self.number * MOST >= self.total
        self.loaded = True


class UserState(rx.State):
    """One user, named by the address."""

    loaded: bool = False
    user: UserRow = UserRow()
    """With an empty id when there is no such user."""
    grantable: list[str] = []
    trail: list[AuditRow] = []

    @handler("system:admin", quiet=True)
    async def load(self) -> None:
        """The user as they are now."""
        user_id = self.router.url.path.rstrip("/").rpartition("/")[2]
        async with runtime().db.read() as tx:
            found = await repository.by_id(tx, user_id)
            self.trail = await trail(tx, user_id, LATEST)
        self.user = row(found) if found else UserRow()
        self.grantable = grantable(actor(), self.user.role)
        self.loaded = True


def wanted_page(given: str) -> int:
    """The page number in an address; 1 for anything that is none."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 7 and int(given) > 0 else 1


reload_on("/users", ("user.",), UsersState.load)
reload_on("/users/[user_id]", ("user.", "key.", "session."), UserState.load)
