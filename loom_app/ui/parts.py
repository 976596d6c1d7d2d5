"""Small parts that several pages show alike."""

from typing import Any

import reflex as rx


def main_button(word: str, icon: str, on_click: Any) -> rx.Component:
    """The one button a page is mostly visited for."""
    return rx.el.button(
        rx.icon(icon, size=16, aria_hidden="true"), word,
        type="button", class_name="loom-button is-main", on_click=on_click,
    )  # fmt: skip


def button(word: Any, on_click: Any, label: Any = None, **props: Any) -> rx.Component:
    """A button like most; `label` says it in full where `word` needs its surroundings."""
    named = {"aria_label": label} if label is not None else {}
    return rx.el.button(word, type="button", class_name="loom-button", on_click=on_click, **named, **props)


def fact(term: str, *said: Any) -> rx.Component:
    """A line of a list of facts."""
    return rx.el.div(rx.el.dt(term), rx.el.dd(*said))


def none(words: str) -> rx.Component:
    """What is said where there is nothing."""
    return rx.el.span(words, class_name="loom-quiet")


def status(word: Any, kind: Any = None) -> rx.Component:
    """A state in words, coloured after its kind."""
    return rx.el.span(word, class_name=f"loom-status is-{word if kind is None else kind}")


def demo(shown: Any) -> rx.Component:
    """Says that the demo model stood behind something."""
    label: rx.Component = rx.cond(shown, rx.el.span("demo model", class_name="loom-demo"))
    return label


def when_loaded(loaded: Any, content: rx.Component) -> rx.Component:
    """The content, and until it is there a shape of it."""
    shown: rx.Component = rx.cond(loaded, content, waiting())
    return shown


def waiting() -> rx.Component:
    """The shape of what is still to come."""
    lines = [rx.el.div(class_name="loom-skeleton", aria_hidden="true") for _ in range(3)]
    return rx.el.div(*lines, role="status", aria_label="Loading")


def section(title: str, *content: rx.Component, extra: rx.Component | None = None) -> rx.Component:
    """A panel with a heading."""
    head = rx.el.header(rx.el.h2(title), *([extra] if extra else []), class_name="loom-head")
    return rx.el.section(head, *content, class_name="loom-panel", aria_label=title)


def cell(label: str, *content: Any) -> rx.Component:
    """A cell of a table that becomes a list on narrow screens, where `label` stands before what it says."""
    return rx.el.td(*content, custom_attrs={"data-label": label})
