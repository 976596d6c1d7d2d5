"""The pages, one package each; here is which address shows which page."""

import reflex as rx

from loom_app.ui.pages.home.page import home


def register(app: rx.App) -> None:
    """Adds every page to `app`."""
    app.add_page(home, route="/", title="Loom")
