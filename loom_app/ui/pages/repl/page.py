"""Asking Loom."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Ask
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """The prompt, and what was asked before."""
    return shell.frame(
        "Ask",
        Ask.create(may_ask=Shell.may_ask, entered=Shell.entered),
        sub="About beads, agents, runs, money, decisions; “agent: task” starts work, and changes wait for your word.",
    )
