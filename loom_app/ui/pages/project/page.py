"""A project with everything about it, at /projects/<id>; the address has the tab and what is shown in it."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import ProjectViewer
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """How it stands, files, commits, branches, git, beads, team, milestones, spend, comments, settings."""
    return shell.bare(
        ProjectViewer.create(
            events=Live.window, since=Live.since, me=Shell.name, may_write=Shell.may_write_projects,
            is_admin=Shell.may_administer,
        )
    )  # fmt: skip
