"""One user: what they are, their API keys and what an administrator can do about them."""

import reflex as rx

from loom_app.ui import parts, roles, shell
from loom_app.ui.components.people import ApiKeys, UserActions
from loom_app.ui.components.wrapped import Ago, Go
from loom_app.ui.pages.audit import table
from loom_app.ui.pages.users.page import state
from loom_app.ui.pages.users.state import UserState
from loom_app.ui.shell_state import Shell

__all__ = ["UserState", "page"]


def page() -> rx.Component:
    """The user that the address names."""
    known = rx.cond(UserState.user.id, _user(), _unknown())
    return shell.bare(
        rx.el.p(Go.create("Users", to="/users"), class_name="loom-crumbs"),
        shell.for_administrators(parts.when_loaded(UserState.loaded, known)),
    )


def _unknown() -> rx.Component:
    return rx.el.p(
        "There is no such user. They may have been deleted; the audit log still knows them.", class_name="loom-hint"
    )


def _user() -> rx.Component:
    user = UserState.user
    actions = UserActions.create(user=user, roles=roles.MEANINGS, is_self=user.username == Shell.name, full=True)
    return rx.el.div(
        rx.el.header(rx.el.div(rx.el.h1(user.username)), actions, class_name="loom-head"),
        parts.section(
            "Account",
            rx.el.dl(
                parts.fact("State", state(user)),
                parts.fact("Role", user.role, rx.el.span(roles.meaning(user.role), class_name="loom-quiet")),
                parts.fact("E-mail", rx.cond(user.email, user.email, parts.none("none"))),
                parts.fact("Second factor", rx.cond(user.totp, "on", parts.none("off"))),
                parts.fact("Last sign-in", Ago.create(at=user.last_sign_in, never="never")),
                parts.fact("Account made", Ago.create(at=user.created_at)),
                class_name="loom-facts",
            ),
        ),
        ApiKeys.create(user_id=user.id, whose=user.username, grantable=UserState.grantable),
        parts.section(
            "Audit trail",
            rx.cond(
                UserState.trail,
                table.entries(UserState.trail),
                rx.el.p("Nothing has happened yet.", class_name="loom-empty"),
            ),
            rx.el.footer(
                Go.create("All they did", to=f"/audit?actor={user.id}", class_name="loom-button"),
                Go.create("All that was done to them", to=f"/audit?subject={user.id}", class_name="loom-button"),
                class_name="loom-row",
            ),
        ),
        class_name="loom-stack",
        key=user.id,
    )
