"""What one's own account shows. Passwords, keys and codes stay in the components that deal with them."""

import reflex as rx

from loom_app.auth import service as users
from loom_app.kernel.clock import rfc3339
from loom_app.ui.gate import actor, handler
from loom_app.ui.grants import grantable
from loom_app.ui.runtime import runtime


class AccountState(rx.State):
    """Who is signed in."""

    loaded: bool = False
    username: str = ""
    email: str = ""
    role: str = ""
    since: str = ""
    projects: str = ""
    grantable: list[str] = []

    @handler("projects:read")
    async def load(self) -> None:
        """One's own account as it is now; there is none where signing in is switched off."""
        who = actor()
        if not runtime().settings.auth.enabled:
            return
        async with runtime().db.read() as tx:
            user = await users.get(tx, who.id)
        self.username, self.email, self.role = user.username, user.email, user.role
        self.since = rfc3339(user.created_at)
        self.projects = seen(who.projects)
        self.grantable = grantable(who, user.role)
        self.loaded = True


def seen(projects: frozenset[str] | None) -> str:
    """How many projects somebody sees, in words."""
    if projects is None:
        return "all of them"
    if not projects:
        return "none yet: ask a project’s owner or an administrator to add you"
    return "1 project" if len(projects) == 1 else f"{len(projects)} projects"
