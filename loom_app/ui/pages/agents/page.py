"""Agents: who is on which team and what each does now, and each on a page of its own."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Agents, AgentView
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """A table for each project's team."""
    return shell.frame(
        "Agents",
        shell.for_members(Agents.create(events=Live.window, since=Live.since, may_write=Shell.may_write_agents)),
        sub="Each agent plays a persona for one project and takes one bead at a time.",
    )


def one() -> rx.Component:
    """The agent that the page's address names."""
    return shell.bare(AgentView.create(events=Live.window, since=Live.since, may_write=Shell.may_write_agents))
