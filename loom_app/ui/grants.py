"""What API keys can be given, as people choose from it."""

from loom_app.auth.permissions import ACTIONS, WORK, Role, permissions_of
from loom_app.kernel.actor import Actor, covers

NAMES = (
    *[f"{resource}:{action}" for resource in WORK for action in ACTIONS],
    "repl:use",
    "system:read",
    "system:admin",
)
"""Every single permission, in the order in which people read them."""


def grantable(giver: Actor, role: str) -> list[str]:
    """What `giver` can give to a key of somebody of `role`; a service holds nothing, so there the giver decides."""
    held = giver.permissions if role == Role.SERVICE else permissions_of(role)
    return [name for name in NAMES if giver.may(name) and covers(held, name)]
