"""Figures of calls to models: how many, at what cost, by whom and for what, how fast."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Analytics


def page() -> rx.Component:
    """The span that is asked for in figures, charts and tables, and the calls behind them."""
    return shell.frame(
        "Analytics",
        Analytics.create(),
        sub="What calls to models came to, from the ledger to the micro-dollar. Days and hours are those of UTC.",
    )
