"""What one run changed and the verdict on it, at /runs/<id>/diff."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Changes
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The change of the run that the address names."""
    return shell.bare(
        Changes.create(
            events=Live.window,
            since=Live.since,
            may_write=Shell.may_write_beads,
            may_decide=Shell.may_write_decisions,
        )
    )
