"""My account: password, second factor and API keys of whoever is signed in."""

import reflex as rx

from loom_app.ui import parts, roles, shell
from loom_app.ui.components.people import ApiKeys, ChangePassword, SecondFactor
from loom_app.ui.components.wrapped import Ago, Go
from loom_app.ui.pages.account.state import AccountState
from loom_app.ui.shell_state import Shell

__all__ = ["AccountState", "page"]


def page() -> rx.Component:
    """What one may do, and everything one signs in with."""
    return shell.frame(
        "My account",
        rx.cond(
            Shell.is_open,
            rx.el.p("Signing in is switched off (auth.enabled): nobody has an account here.", class_name="loom-hint"),
            parts.when_loaded(AccountState.loaded, _account()),
        ),
        actions=rx.el.div(
            Go.create("What I am told", to="/account/notifications", class_name="loom-button"), class_name="loom-row"
        ),
        sub="Who you are here and what you sign in with.",
    )


def _account() -> rx.Component:
    return rx.el.div(
        _who(),
        rx.el.div(
            parts.section("Password", ChangePassword.create()),
            parts.section("Second factor", SecondFactor.create()),
            class_name="loom-halves",
        ),
        ApiKeys.create(user_id="", whose="", grantable=AccountState.grantable),
        class_name="loom-stack",
    )


def _who() -> rx.Component:
    return parts.section(
        "You",
        rx.el.dl(
            parts.fact("User name", rx.el.strong(AccountState.username)),
            parts.fact("E-mail", rx.cond(AccountState.email, AccountState.email, parts.none("none"))),
            parts.fact(
                "Role", AccountState.role, rx.el.span(roles.meaning(AccountState.role), class_name="loom-quiet")
            ),
            parts.fact("Projects you see", AccountState.projects),
            parts.fact("Account made", Ago.create(at=AccountState.since)),
            class_name="loom-facts",
        ),
    )
