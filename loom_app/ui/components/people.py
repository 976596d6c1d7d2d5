"""Components of accounts, of who sees what and of the audit log, as Reflex sees them."""

from typing import Any

import reflex as rx

from loom_app.ui.components.beside import beside


class SignIn(rx.NoSSRComponent):
    """Name and password, then on to the page that was asked for."""

    library = beside("auth_form.jsx")
    tag = "SignIn"


class SetUp(rx.NoSSRComponent):
    """The first account, for whoever holds the set-up link."""

    library = beside("auth_form.jsx")
    tag = "SetUp"


class ResetPassword(rx.NoSSRComponent):
    """A new password, for whoever holds a one-time link."""

    library = beside("auth_form.jsx")
    tag = "ResetPassword"


class ChangePassword(rx.NoSSRComponent):
    """One's own password."""

    library = beside("account.jsx")
    tag = "ChangePassword"


class SecondFactor(rx.NoSSRComponent):
    """One's own second factor and its recovery codes."""

    library = beside("account.jsx")
    tag = "SecondFactor"


class NotificationSettings(rx.NoSSRComponent):
    """What one is told, by which way and when."""

    library = beside("notification_settings.jsx")
    tag = "NotificationSettings"


class ApiKeys(rx.NoSSRComponent):
    """The API keys of the user `user_id`, called `whose`; both are empty for one's own. `grantable` are permissions."""

    library = beside("api_keys.jsx")
    tag = "ApiKeys"
    user_id: rx.Var[str]
    whose: rx.Var[str]
    grantable: rx.Var[list[str]]


class NewUser(rx.NoSSRComponent):
    """The button and dialog that make a user. `roles` are the roles with what each may do."""

    library = beside("users.jsx")
    tag = "NewUser"
    roles: rx.Var[dict[str, str]]


class UserActions(rx.NoSSRComponent):
    """What an administrator does to `user`; `full` adds what is rarely done."""

    library = beside("users.jsx")
    tag = "UserActions"
    user: rx.Var[Any]
    roles: rx.Var[dict[str, str]]
    is_self: rx.Var[bool]
    full: rx.Var[bool]


class Members(rx.NoSSRComponent):
    """The button and dialog of who sees a project. `me` is the name of whoever looks."""

    library = beside("members.jsx")
    tag = "Members"
    project_id: rx.Var[str]
    project: rx.Var[str]
    me: rx.Var[str]
    may_write: rx.Var[bool]
    is_admin: rx.Var[bool]


class Verify(rx.NoSSRComponent):
    """The button that has the audit log checked, and the dialog that says what was found."""

    library = beside("audit.jsx")
    tag = "Verify"


class Export(rx.Component):
    """A link that takes along, as a file of that `format`, what `query` asks of the audit log."""

    library = beside("audit.jsx")
    tag = "Export"
    format: rx.Var[str]
    query: rx.Var[str]
