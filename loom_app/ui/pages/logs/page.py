"""What the processes log, as it comes."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Logs


def page() -> rx.Component:
    """Filters and the newest lines."""
    return shell.frame(
        "Logs",
        Logs.create(),
        sub="What the processes of Loom write down. Administrators see all of it, others what is of their projects.",
    )
