"""What one is told, by which way and when."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.people import NotificationSettings
from loom_app.ui.components.wrapped import Go


def page() -> rx.Component:
    """One's own wishes."""
    return shell.frame(
        "What I am told",
        NotificationSettings.create(),
        actions=rx.el.div(Go.create("Open the inbox", to="/inbox", class_name="loom-button"), class_name="loom-row"),
        sub="Of what, by which way and when. The inbox is yours alone.",
    )
