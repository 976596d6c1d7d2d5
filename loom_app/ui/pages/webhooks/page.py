"""Webhooks: what GitHub tells Loom, and what Loom tells others."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Webhooks
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """Both kinds of webhooks."""
    return shell.frame(
        "Webhooks",
        Webhooks.create(
            events=Live.window,
            since=Live.since,
            may_write=Shell.may_write_projects,
            is_admin=Shell.may_administer,
        ),
        sub="What GitHub tells Loom, and what Loom tells others.",
    )
