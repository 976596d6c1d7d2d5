"""The page that opens first."""

import reflex as rx


def home() -> rx.Component:
    """The name of the program."""
    heading: rx.Component = rx.heading("Loom")
    return heading
