"""Who acts: a person, an agent or Loom itself, and what they may do."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Actor:
    """Somebody who reads or changes something. `permissions` are `<resource>:<action>`, `*` allowed on either side."""

    kind: Literal["user", "agent", "system"]
    id: str
    name: str
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        """Whether this actor holds `permission`, wildcards counted."""
        resource, _, action = permission.partition(":")
        return not self.permissions.isdisjoint({permission, "*:*", f"{resource}:*", f"*:{action}"})


SYSTEM = Actor("system", "loom", "Loom", frozenset({"*:*"}))
AGENT_PERMISSIONS = frozenset({"beads:read", "beads:write", "projects:read", "agents:read", "decisions:write"})


def agent_actor(agent_id: str, name: str) -> Actor:
    """The actor that stands for an agent at work."""
    return Actor("agent", agent_id, name, AGENT_PERMISSIONS)
