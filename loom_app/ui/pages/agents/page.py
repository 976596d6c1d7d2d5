"""Agents: who is on which team and what each does now."""

import reflex as rx

from loom_app.ui import forms, parts, shell
from loom_app.ui.components.wrapped import Ago, Dialog, Go
from loom_app.ui.pages.agents.rows import AgentRow, Team
from loom_app.ui.pages.agents.state import AgentsState
from loom_app.ui.shell_state import Shell

__all__ = ["AgentsState", "page"]


def page() -> rx.Component:
    """A table for each project's team."""
    return shell.frame(
        "Agents",
        parts.when_loaded(
            AgentsState.loaded, rx.cond(AgentsState.teams, rx.fragment(rx.foreach(AgentsState.teams, _team)), _none())
        ),
        _dialog(),
        actions=rx.cond(Shell.may_write_agents, parts.main_button("New agent", "plus", AgentsState.ask)),
        sub="Each agent plays a persona for one project and takes one bead at a time.",
    )


def _none() -> rx.Component:
    first = rx.cond(
        AgentsState.projects,
        "Make the first one with New agent; beads are worked on as soon as somebody is there.",
        rx.fragment("Agents belong to a project: ", Go.create("make one first", to="/projects"), "."),
    )
    told = rx.el.p("No agents yet. ", rx.cond(Shell.may_write_agents, first), class_name="loom-hint")
    return shell.for_members(told)


def _team(team: Team) -> rx.Component:
    heads = ("Agent", "Status", "Works on", "Last active", "")
    return rx.el.section(
        rx.el.header(
            rx.el.h2(Go.create(team.project, to=f"/board?project={team.project_id}")),
            parts.demo(team.is_demo),
            class_name="loom-row",
        ),
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(*[rx.el.th(head, scope="col") for head in heads])),
                rx.el.tbody(rx.foreach(team.agents, _row)),
                class_name="loom-table is-stacked",
            ),
            class_name="loom-scroll",
        ),
        class_name="loom-panel",
    )


def _row(agent: AgentRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.strong(agent.name), rx.el.div(agent.persona, class_name="loom-quiet")),
        parts.cell("Status", parts.status(agent.word, agent.status)),
        parts.cell(
            "Works on",
            rx.cond(
                agent.bead, Go.create(agent.bead, to=f"/beads/{agent.bead}", class_name="loom-id"), parts.none("–")
            ),
        ),
        parts.cell("Last active", Ago.create(at=agent.last_active)),
        rx.el.td(rx.cond(Shell.may_write_agents, _changes(agent)), class_name="is-end"),
        key=agent.id,
    )


def _changes(agent: AgentRow) -> rx.Component:
    return rx.fragment(
        rx.cond(agent.may_pause, parts.button("Pause", AgentsState.pause(agent.id), f"Pause {agent.name}")),
        rx.cond(agent.may_resume, parts.button("Resume", AgentsState.resume(agent.id), f"Resume {agent.name}")),
    )


def _dialog() -> rx.Component:
    return Dialog.create(_form(), open=AgentsState.asking, title="New agent", on_close=AgentsState.close)


def _form() -> rx.Component:
    persona = rx.el.select(
        rx.foreach(AgentsState.personas, lambda known: rx.el.option(known.title, value=known.name)),
        name="persona_name",
        on_change=AgentsState.describe,
    )
    project = rx.el.select(
        rx.foreach(AgentsState.projects, lambda known: rx.el.option(known.name, value=known.id)), name="project_id"
    )
    return rx.el.form(
        forms.field("Persona", persona, wide=True),
        rx.el.p(AgentsState.described, class_name="loom-quiet is-wide", aria_live="polite"),
        forms.field("Project", project),
        forms.entry("Name", "name", "Empty: the persona’s title.", max_length=100),
        rx.el.div(forms.fault(AgentsState.fault), class_name="is-wide"),
        rx.el.div(
            rx.el.button("Cancel", type="button", class_name="loom-button", on_click=AgentsState.close),
            forms.submit("Add agent", AgentsState.busy, "Adding…"),
            class_name="loom-row is-wide is-end",
        ),
        on_submit=AgentsState.create,
        class_name="loom-form is-pairs",
    )
