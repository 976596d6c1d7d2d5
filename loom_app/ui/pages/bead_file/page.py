"""The bead file of a project, at /projects/<id>/bead-file."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import BeadFile
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """How the file stands, conflicts, unreadable lines, import and export."""
    return shell.bare(
        BeadFile.create(
            events=Live.window, since=Live.since, may_write=Shell.may_write_beads,
            may_write_project=Shell.may_write_projects,
        )
    )  # fmt: skip
