"""Projects: repositories, their beads and how finished work lands."""

import reflex as rx

from loom_app.ui import forms, parts, shell
from loom_app.ui.components.people import Members
from loom_app.ui.components.wrapped import Ago, Dialog, Go
from loom_app.ui.pages.projects.rows import ProjectRow
from loom_app.ui.pages.projects.state import ProjectsState
from loom_app.ui.shell_state import Shell

__all__ = ["ProjectsState", "page"]

STRATEGIES = [("direct", "Land on the branch at once"), ("branch-pr", "Leave on a branch of its own for review")]


def page() -> rx.Component:
    """A panel for each project."""
    new = rx.el.span(
        parts.button("New project", ProjectsState.ask),
        Go.create(rx.icon("plus", size=16, aria_hidden="true"), "From a PRD", to="/projects/new",
                  class_name="loom-button is-main"),
        class_name="loom-row",
    )  # fmt: skip
    return shell.frame(
        "Projects",
        parts.when_loaded(
            ProjectsState.loaded,
            rx.cond(
                ProjectsState.projects,
                rx.el.div(rx.foreach(ProjectsState.projects, _panel), class_name="loom-grid is-wide"),
                _none(),
            ),
        ),
        rx.cond(ProjectsState.beyond, rx.el.p(ProjectsState.beyond, class_name="loom-quiet")),
        _dialog(),
        actions=rx.cond(Shell.may_write_projects, new),
        sub="A project is a git repository, the beads about it and the agents who work on it.",
    )  # fmt: skip


def _none() -> rx.Component:
    told = rx.el.p(
        "No project yet. Begin one ", Go.create("from a PRD", to="/projects/new"),
        ", make one with New project, or load the demo on the ", Go.create("first page", to="/"), ".",
        class_name="loom-hint",
    )  # fmt: skip
    return shell.for_members(told, own="make one of your own with New project")


def _panel(project: ProjectRow) -> rx.Component:
    counts = [
        ("○", "open", project.open), ("◐", "in progress", project.in_progress),
        ("◇", "blocked", project.blocked), ("●", "done", project.done),
    ]  # fmt: skip
    return rx.el.article(
        rx.el.header(
            rx.el.h2(Go.create(project.name, to=f"/projects/{project.id}")),
            rx.cond(project.is_demo, rx.el.span("demo model", class_name="loom-demo")),
            rx.cond(project.is_closed, rx.el.span("closed", class_name="loom-status is-closed")),
            class_name="loom-row",
        ),
        rx.cond(project.problem, rx.el.p(project.problem, class_name="loom-fault-line", role="note")),
        rx.el.p(
            *[
                rx.el.span(rx.el.span(mark, aria_hidden="true"), " ", count, f" {word}", class_name="loom-tally")
                for mark, word, count in counts
            ],
            class_name="loom-row",
        ),
        rx.el.dl(
            parts.fact("Repository", rx.el.code(project.place)),
            parts.fact("Branch", rx.el.code(project.branch), rx.el.span(project.strategy, class_name="loom-quiet")),
            parts.fact(
                "Tests",
                rx.cond(project.test_command, rx.el.code(project.test_command), parts.none("found by itself")),
            ),
            parts.fact(
                "Last commit seen",
                rx.cond(project.commit, rx.el.code(project.commit_short, title=project.commit), parts.none("none yet")),
                rx.cond(project.synced_at, Ago.create(at=project.synced_at)),
            ),
            parts.fact("Bead file", project.bead_file),
            parts.fact("Agents", Go.create(project.agents, to="/agents")),
            class_name="loom-facts is-column",
        ),
        rx.el.footer(
            Go.create(
                "Open", to=f"/projects/{project.id}", class_name="loom-button", aria_label=f"Open {project.name}"
            ),
            Go.create("Open its board", to=f"/board?project={project.id}", class_name="loom-button"),
            Go.create("Its graph", to=f"/graph?project={project.id}", class_name="loom-button"),
            Go.create(
                "Bead file", to=f"/projects/{project.id}/bead-file", class_name="loom-button",
                aria_label=f"Bead file of {project.name}",
            ),
            rx.cond(Shell.may_write_projects, _changes(project)),
            Members.create(
                project_id=project.id, project=project.name, me=Shell.name,
                may_write=Shell.may_write_projects, is_admin=Shell.may_administer,
            ),
            class_name="loom-row",
        ),
        class_name="loom-panel",
    )  # fmt: skip


def _changes(project: ProjectRow) -> rx.Component:
    return rx.fragment(
        parts.button("Edit", ProjectsState.edit(project.id), f"Edit {project.name}"),
        rx.cond(
            project.is_closed,
            parts.button(
                "Open again", ProjectsState.change_status(project.id, "reopened"), f"Open {project.name} again"
            ),
            parts.button("Close", ProjectsState.change_status(project.id, "closed"), f"Close {project.name}"),
        ),
    )


def _dialog() -> rx.Component:
    return Dialog.create(
        _form(),
        open=ProjectsState.asking,
        title=rx.cond(ProjectsState.edited.id, f"Edit {ProjectsState.edited.name}", "New project"),
        on_close=ProjectsState.close,
    )


def _form() -> rx.Component:
    edited = ProjectsState.edited
    owned = (edited.id != "") & (edited.git_repo == "")
    return rx.el.form(
        forms.entry(
            "Name", "name", required=True, max_length=200, default_value=edited.name, auto_focus=True, wide=True
        ),
        forms.entry(
            "Git repository", "git_repo",
            "Address or path to clone. Leave empty and Loom makes a repository of its own.",
            default_value=edited.git_repo, disabled=owned, placeholder="https://git.example/team/app.git", wide=True,
        ),
        forms.entry("Branch", "branch", required=True, default_value=edited.branch),
        forms.entry("Prefix of bead ids", "bead_prefix", required=True, default_value=edited.bead_prefix),
        forms.choice("Finished work", "git_strategy", STRATEGIES, default_value=edited.git_strategy),
        forms.entry(
            "Test command", "test_command", "Empty: found from the repository.", default_value=edited.test_command,
            placeholder="python -m unittest",
        ),
        rx.el.div(forms.fault(ProjectsState.fault), class_name="is-wide"),
        rx.el.div(
            rx.el.button("Cancel", type="button", class_name="loom-button", on_click=ProjectsState.close),
            forms.submit("Save", ProjectsState.busy, "Saving…"),
            class_name="loom-row is-wide is-end",
        ),
        on_submit=ProjectsState.save,
        class_name="loom-form is-pairs",
    )  # fmt: skip
