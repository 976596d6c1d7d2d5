"""One bead and its runs, at /beads/<id>."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import BeadView
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The bead that the address names."""
    return shell.bare(BeadView.create(events=Live.window, since=Live.since, may_write=Shell.may_write_beads))
