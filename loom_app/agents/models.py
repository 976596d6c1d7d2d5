"""The table of agents and the transition table of their status."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class AgentStatus(StrEnum):
    """What an agent does now."""

    IDLE = "idle"
    WORKING = "working"
    PAUSED = "paused"
    COMPLETE = "complete"


TRANSITIONS: dict[AgentStatus, frozenset[AgentStatus]] = {
    AgentStatus.IDLE: frozenset({AgentStatus.WORKING, AgentStatus.PAUSED, AgentStatus.COMPLETE}),
    AgentStatus.WORKING: frozenset({AgentStatus.IDLE, AgentStatus.PAUSED, AgentStatus.COMPLETE}),
    AgentStatus.PAUSED: frozenset({AgentStatus.IDLE, AgentStatus.COMPLETE}),
    AgentStatus.COMPLETE: frozenset({AgentStatus.IDLE}),
}


class PausedBecause(StrEnum):
    """Who keeps an agent from work. On a working agent: it will pause, or be complete, when its run ends."""

    NOBODY = ""
    PERSON = "person"
    PROVIDER = "provider"
    LEAVING = "leaving"


class Agent(SQLModel, table=True):
    """An actor with a persona, working for one project. `paused_because` is a PausedBecause."""

    __tablename__ = "agents"

    id: str = Field(primary_key=True)
    name: str
    role: str
    persona_name: str
    project_id: str = Field(foreign_key="projects.id", index=True)
    provider_id: str = ""
    position_id: str = ""
    status: str = AgentStatus.PAUSED
    paused_because: str = ""
    status_reason: str = ""
    """Why it stands as it does, in a sentence; empty for one that was never moved."""
    current_bead: str = ""
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    schema_version: str = "1.0"
    started_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    last_active: datetime = Field(default_factory=now, sa_type=UtcDateTime)
