"""Personas: what agents of a role work by."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Personas
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The list beside the one that is read, changed or taken back."""
    return shell.frame(
        "Personas",
        Personas.create(events=Live.window, since=Live.since, may_write=Shell.may_write_agents),
        sub="What the agents of a role are told: a SKILL.md file each, with every version it had.",
    )
