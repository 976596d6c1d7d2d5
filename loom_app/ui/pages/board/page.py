"""The Kanban board."""

import reflex as rx

from loom_app.ui import forms, shell
from loom_app.ui.components.wrapped import Board, Dialog, Go
from loom_app.ui.live import Live
from loom_app.ui.pages.board.state import BoardState
from loom_app.ui.shell_state import Shell

__all__ = ["BoardState", "page"]

TYPES = [(kind, kind.capitalize()) for kind in ("task", "bug", "feature", "epic", "chore")]
PRIORITIES = [("0", "P0, at once"), ("1", "P1, soon"), ("2", "P2, usual"), ("3", "P3, later"), ("4", "P4, some day")]


def page() -> rx.Component:
    """Four columns, and a dialog for a new bead."""
    new = rx.el.button(
        rx.icon("plus", size=16, aria_hidden="true"), "New bead",
        type="button", class_name="loom-button is-main", on_click=BoardState.ask,
    )  # fmt: skip
    return shell.frame(
        "Board",
        shell.for_members(_board()),
        _dialog(),
        actions=rx.cond(Shell.may_write_beads, new),
        sub="What there is to do and where it stands. Agents take open beads that wait for nothing.",
    )


def _board() -> rx.Component:
    return Board.create(
        events=Live.window,
        told=Live.told,
        since=Live.since,
        may_write=Shell.may_write_beads,
        may_limit=Shell.may_write_projects,
        me=Shell.name,
    )


def _dialog() -> rx.Component:
    return Dialog.create(
        rx.cond(BoardState.projects, _form(), _no_project()),
        open=BoardState.asking,
        title="New bead",
        on_close=BoardState.close,
    )


def _no_project() -> rx.Component:
    return rx.el.p(
        "A bead belongs to a project, and there is none yet. ", Go.create("Make a project first", to="/projects"), "."
    )


def _form() -> rx.Component:
    project = rx.el.select(
        rx.foreach(BoardState.projects, lambda known: rx.el.option(known.name, value=known.id)),
        name="project_id",
        default_value=BoardState.project,
    )
    return rx.el.form(
        forms.entry("Title", "title", required=True, max_length=500, auto_focus=True, wide=True),
        forms.field(
            "Description",
            rx.el.textarea(name="description", rows=4),
            "What is wanted and why. The agent reads this.",
            wide=True,
        ),
        forms.field(
            "Done when",
            rx.el.textarea(name="acceptance_criteria", rows=2),
            "How one can tell that it is finished.",
            wide=True,
        ),
        forms.field("Project", project),
        forms.choice("Type", "type", TYPES),
        forms.choice("Priority", "priority", PRIORITIES, default_value="2"),
        forms.entry("Tags", "tags", "Separated by commas.", placeholder="api, tests"),
        forms.entry("Blocked by", "blocked_by", "Ids of beads that must be done first.", wide=True),
        rx.el.div(forms.fault(BoardState.fault), class_name="is-wide"),
        rx.el.div(
            rx.el.button("Cancel", type="button", class_name="loom-button", on_click=BoardState.close),
            forms.submit("Create bead", BoardState.busy, "Creating…"),
            class_name="loom-row is-wide is-end",
        ),
        on_submit=BoardState.create,
        class_name="loom-form is-pairs",
    )
