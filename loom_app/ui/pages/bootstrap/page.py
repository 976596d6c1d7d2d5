"""A project from a PRD: asked for at /projects/new, followed at /projects/<id>/bootstrap."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import BootstrapForm, BootstrapSteps
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def new() -> rx.Component:
    """The form."""
    return shell.frame(
        "New project from a PRD",
        rx.cond(Shell.entered, BootstrapForm.create(may_write=Shell.may_write_projects)),
        sub="Loom sets up the repository, and its product manager makes beads of what is to be built.",
    )


def steps() -> rx.Component:
    """The steps, live, and the key."""
    return shell.bare(BootstrapSteps.create(events=Live.window, since=Live.since, may_write=Shell.may_write_projects))
