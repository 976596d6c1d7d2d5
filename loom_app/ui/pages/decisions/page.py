"""Decisions: what agents and people ask, and what was answered."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Decisions, InboxFirst
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The inbox."""
    return shell.frame(
        "Decisions",
        shell.for_members(
            rx.fragment(
                InboxFirst.create(),
                Decisions.create(
                    events=Live.window,
                    since=Live.since,
                    may_write=Shell.may_write_decisions,
                    may_write_project=Shell.may_write_projects,
                ),
            )
        ),
        sub="When an agent may not or cannot go on alone it asks here. Its bead waits until somebody answers.",
    )
