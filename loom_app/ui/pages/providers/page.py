"""Providers: who answers for the agents, on what evidence, with which model."""

import reflex as rx

from loom_app.ui import parts, provider_desk, shell
from loom_app.ui.components.wrapped import Providers
from loom_app.ui.live import Live
from loom_app.ui.provider_desk import ProviderDesk
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """Every provider that one may see."""
    return shell.frame(
        "Providers",
        Providers.create(
            events=Live.window,
            since=Live.since,
            may_write=Shell.may_write_providers,
            may_delete=Shell.may_administer,
            on_add=ProviderDesk.ask,
            on_edit=ProviderDesk.edit,
        ),
        provider_desk.dialog(),
        actions=rx.cond(Shell.may_write_providers, parts.button("Add a provider", ProviderDesk.ask)),
        sub="Who answers for the agents. Work goes to one that is active or healthy, a real one before the demo.",
    )
