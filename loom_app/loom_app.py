"""The web application: pages, their live socket and the REST interface in one ASGI application."""

import reflex as rx

from loom_app.ui.pages.home.page import home

app = rx.App()
app.add_page(home, route="/", title="Loom")
