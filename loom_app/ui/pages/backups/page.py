"""Copies of the database, for administrators."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Backups
from loom_app.ui.live import Live


def page() -> rx.Component:
    """The copies there are, one made now, and how one is put back."""
    return shell.frame(
        "Backups",
        shell.for_administrators(Backups.create(events=Live.window, since=Live.since)),
        sub="Copies of Loom’s database: made while it runs, each checked before it counts.",
    )
