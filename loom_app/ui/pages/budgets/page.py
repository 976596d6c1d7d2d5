"""Budgets: what may be spent, what is, and what models cost."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Budgets
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The budgets and the prices."""
    return shell.frame(
        "Budgets",
        Budgets.create(
            events=Live.window,
            since=Live.since,
            may_write=Shell.may_write_projects,
            may_price=Shell.may_write_providers,
            is_admin=Shell.may_administer,
        ),
        sub="What a call can cost at the most is set aside before it is made, so that no budget is passed.",
    )
