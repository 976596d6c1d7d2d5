"""The pages for those who are not signed in."""

import reflex as rx

from loom_app.ui.components.people import ResetPassword, SetUp, SignIn


def sign_in() -> rx.Component:
    """Name and password."""
    return rx.el.main(SignIn.create(), class_name="loom-solo")


def set_up() -> rx.Component:
    """The first account."""
    return rx.el.main(SetUp.create(), class_name="loom-solo")


def reset() -> rx.Component:
    """A new password with a one-time link."""
    return rx.el.main(ResetPassword.create(), class_name="loom-solo")
