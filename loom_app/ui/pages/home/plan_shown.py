"""The parts of the first page that tell how the plans stand."""

import reflex as rx

from loom_app.ui import parts
from loom_app.ui.components.wrapped import Ago, Go
from loom_app.ui.pages.home.plan import Epic, Holding
from loom_app.ui.pages.home.state import HomeState


def epics() -> rx.Component:
    """How far the epics have come, each leading to its bead."""
    return parts.section(
        "Epics",
        rx.cond(
            HomeState.epics,
            rx.el.ul(rx.foreach(HomeState.epics, _epic), class_name="loom-list"),
            rx.el.p(
                "No epic with beads under it is under way. A bead of the type epic gathers those it is the parent of.",
                class_name="loom-empty",
            ),
        ),
    )


def _epic(epic: Epic) -> rx.Component:
    return rx.el.li(
        rx.el.p(Go.create(epic.title, to=f"/beads/{epic.id}"), class_name="loom-row"),
        rx.el.div(
            rx.el.progress(value=epic.done, max=epic.total, aria_label=f"Done of {epic.title}"),
            rx.el.span(epic.done, " of ", epic.total, " done"),
            rx.cond(epic.rest, rx.el.span("· ", epic.rest)),
            class_name="loom-epic loom-quiet",
        ),
        key=epic.id,
    )


def holding() -> rx.Component:
    """What holds up most other beads, since when and with whom."""
    return parts.section(
        "Holds up most",
        rx.cond(
            HomeState.holding,
            rx.el.ul(rx.foreach(HomeState.holding, _holds), class_name="loom-list"),
            rx.el.p("No bead waits for another.", class_name="loom-empty"),
        ),
    )


def _holds(bead: Holding) -> rx.Component:
    return rx.el.li(
        rx.el.p(rx.el.strong(bead.waiting), " for ", Go.create(bead.title, to=f"/beads/{bead.id}")),
        rx.el.p("Opened ", Ago.create(at=bead.since), ", with ", bead.holder, class_name="loom-quiet"),
        key=bead.id,
    )
