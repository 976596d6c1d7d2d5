"""Motivations: what sets work going by itself, and what rests."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Motivations
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The motivations by role, and what fired."""
    return shell.frame(
        "Motivations",
        shell.for_members(
            Motivations.create(
                events=Live.window,
                since=Live.since,
                may_write=Shell.may_write_projects,
                is_admin=Shell.may_administer,
            )
        ),
        sub="What sets work going by itself: dates, events, thresholds, news from outside, and rest. "
        "What a motivation makes is work like any other, under the same budgets.",
    )
