"""Who acts: a person, an agent or Loom itself, what they may do and which projects they see."""

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Actor:
    """Somebody who reads or changes something. `permissions` are `<resource>:<action>`, `*` allowed on either side."""

    kind: Literal["user", "agent", "system"]
    id: str
    name: str
    permissions: frozenset[str]
    projects: frozenset[str] | None = None
    """The projects they see; None sees all."""
    scopes: frozenset[str] | None = None
    """What the API key they came with narrows their permissions to; None without a key."""
    key_id: str = ""
    """The API key they came with."""

    @property
    def is_person(self) -> bool:
        """Whether a person is behind this, signed in or not."""
        return self.kind == "user" or self.id == DEVELOPER.id

    def may(self, permission: str) -> bool:
        """Whether this actor holds `permission`, wildcards counted, and their key does too."""
        return covers(self.permissions, permission) and (self.scopes is None or covers(self.scopes, permission))

    def sees(self, project_id: str | None) -> bool:
        """Whether this actor may know of the project. What belongs to none is seen by those who see all."""
        return self.projects is None or project_id in self.projects

    def seeing(self, project_id: str) -> "Actor":
        """This actor after a project became theirs."""
        return self if self.projects is None else replace(self, projects=self.projects | {project_id})


def covers(held: Set[str], permission: str) -> bool:
    """Whether `held` grants everything that `permission` does; a wildcard is only granted by as wide a one."""
    resource, _, action = permission.partition(":")
    return not held.isdisjoint({permission, "*:*", f"{resource}:*", f"*:{action}"})


SYSTEM = Actor("system", "loom", "Loom", frozenset({"*:*"}))
DEVELOPER = Actor("system", "development", "Development", frozenset({"*:*"}))
"""Who everybody is where signing in is switched off."""
AGENT_PERMISSIONS = frozenset({"beads:read", "beads:write", "projects:read", "agents:read", "decisions:write"})


def agent_actor(agent_id: str, name: str, project_id: str) -> Actor:
    """The actor that stands for an agent at work on the project; it sees no other."""
    return Actor("agent", agent_id, name, AGENT_PERMISSIONS, frozenset({project_id}))
