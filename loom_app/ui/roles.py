"""The roles in words."""

import reflex as rx

from loom_app.auth.permissions import Role

MEANINGS: dict[str, str] = {
    Role.USER.value: "works with projects: reads and changes beads, agents, providers, projects and decisions",
    Role.VIEWER.value: "reads what there is and changes nothing",
    Role.ADMIN.value: "sees and changes everything, and says who else comes in",
    Role.SERVICE.value: "for programs: may do nothing by itself, only what its API keys say",
}
"""In the order in which they are chosen from."""


def meaning(role: rx.Var[str] | str) -> rx.Component:
    """What somebody of `role` may do."""
    said: rx.Component = rx.match(role, *MEANINGS.items(), "")
    return said
