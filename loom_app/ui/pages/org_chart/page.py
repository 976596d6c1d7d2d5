"""Org charts: positions and who fills them, project by project, and the templates they begin with."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import OrgCharts
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """One project's chart at a time, or the templates."""
    return shell.frame(
        "Org chart",
        shell.for_members(
            OrgCharts.create(
                events=Live.window,
                since=Live.since,
                may_write=Shell.may_write_projects,
                may_move=Shell.may_write_agents,
            )
        ),
        sub="Who holds which position and reports to whom. What an agent escalates goes up these lines.",
    )
