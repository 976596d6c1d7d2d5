"""Roles and what each of them may do."""

from enum import StrEnum

WORK = ("agents", "beads", "providers", "projects", "decisions")
ACTIONS = ("read", "write", "delete", "admin")
_READ = frozenset(f"{resource}:read" for resource in WORK)
_WRITE = frozenset(f"{resource}:write" for resource in WORK)


class Role(StrEnum):
    """What a user is to Loom."""

    ADMIN = "admin"
    USER = "user"
    VIEWER = "viewer"
    SERVICE = "service"


PERMISSIONS: dict[Role, frozenset[str]] = {
    Role.ADMIN: frozenset({"*:*"}),
    Role.USER: _READ | _WRITE | {"repl:use"},
    Role.VIEWER: _READ,
    Role.SERVICE: frozenset(),
}
"""`<resource>:<action>` held by each role. A service holds nothing of itself: its keys say what they may do."""


CATALOGUE: frozenset[str] = frozenset(
    f"{resource}:{action}" for resource in (*WORK, "*") for action in (*ACTIONS, "*")
) | {"repl:use", "repl:*", "system:read", "system:admin", "system:*"}
"""Everything that an API key can be given."""


def permissions_of(role: str) -> frozenset[str]:
    """The permissions of `role`; none for a role Loom does not know."""
    return PERMISSIONS[Role(role)] if role in tuple(Role) else frozenset()
