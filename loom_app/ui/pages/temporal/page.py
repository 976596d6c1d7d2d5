"""The <temporal> language, tried and overseen."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import TemporalLanguage
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The editor, the schedules and what agents asked for."""
    return shell.frame(
        "Schedules",
        TemporalLanguage.create(events=Live.window, since=Live.since, may_write=Shell.may_write_agents),
        sub="Try a <temporal> block; see and stop what agents set going by theirs.",
    )
