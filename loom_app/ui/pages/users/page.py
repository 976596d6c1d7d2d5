"""Users: who comes in, and as what. For administrators."""

import reflex as rx

from loom_app.ui import parts, shell
from loom_app.ui.components.people import NewUser, UserActions
from loom_app.ui.components.wrapped import Ago, Go
from loom_app.ui.pages.users.rows import UserRow
from loom_app.ui.pages.users.state import UsersState
from loom_app.ui.roles import MEANINGS
from loom_app.ui.shell_state import Shell

__all__ = ["UsersState", "page"]

HEADS = ("User", "Role", "State", "Second factor", "Last sign-in", "")


def page() -> rx.Component:
    """A table of users."""
    return shell.frame(
        "Users",
        shell.for_administrators(
            parts.when_loaded(UsersState.loaded, rx.el.div(_table(), _pages(), class_name="loom-stack"))
        ),
        actions=rx.cond(Shell.may_administer, NewUser.create(roles=MEANINGS)),
        sub="Who comes in, and as what. Nobody can sign up by themselves.",
    )


def _table() -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in HEADS])),
            rx.el.tbody(rx.foreach(UsersState.users, _row)),
            class_name="loom-table is-stacked",
        ),
        class_name="loom-panel loom-scroll",
        tab_index=0,
        role="region",
        aria_label="Users",
    )


def _row(user: UserRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            Go.create(rx.el.strong(user.username), to=f"/users/{user.id}"),
            rx.cond(user.username == Shell.name, rx.el.span(" (you)", class_name="loom-quiet")),
            rx.el.div(user.email, class_name="loom-quiet"),
        ),
        parts.cell("Role", user.role),
        parts.cell("State", state(user)),
        parts.cell("Second factor", rx.cond(user.totp, "on", parts.none("off"))),
        parts.cell("Last sign-in", Ago.create(at=user.last_sign_in, never="never")),
        rx.el.td(
            UserActions.create(user=user, roles=MEANINGS, is_self=user.username == Shell.name, full=False),
            class_name="is-end",
        ),
        key=user.id,
    )


def state(user: UserRow) -> rx.Component:
    """Whether somebody may come in, in words."""
    shown: rx.Component = rx.cond(user.is_active, parts.status("active"), parts.status("deactivated", "closed"))
    return shown


def _pages() -> rx.Component:
    shown: rx.Component = rx.cond(
        (UsersState.number > 1) | ~UsersState.is_last,
        rx.el.nav(
            rx.cond(
                UsersState.number > 1,
                Go.create("Previous", to=f"/users?page={UsersState.number - 1}", class_name="loom-button"),
            ),
            rx.el.span(f"Page {UsersState.number}, {UsersState.total} users", class_name="loom-quiet"),
            rx.cond(
                ~UsersState.is_last,
                Go.create("Next", to=f"/users?page={UsersState.number + 1}", class_name="loom-button"),
            ),
            class_name="loom-row",
            aria_label="Pages of users",
        ),
    )
    return shown
