"""The tables of motivations, of the causes they have met and of their firings."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, text
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime

Sequence = BigInteger().with_variant(Integer, "sqlite")
SLOT, BY_HAND = "slot:", "hand:"
"""How the causes of an interval's slots begin, and those of firings that people asked for."""


class MotivationType(StrEnum):
    """What a condition looks at: the calendar, the event log, figures, rest, or the world outside."""

    CALENDAR = "calendar"
    EVENT = "event"
    THRESHOLD = "threshold"
    IDLE = "idle"
    EXTERNAL = "external"


class Condition(StrEnum):
    """What has to hold."""

    TIME_REACHED = "time_reached"
    DEADLINE_APPROACH = "deadline_approach"
    DEADLINE_PASSED = "deadline_passed"
    SCHEDULED_INTERVAL = "scheduled_interval"
    QUARTER_BOUNDARY = "quarter_boundary"
    MONTH_BOUNDARY = "month_boundary"
    BEAD_CREATED = "bead_created"
    BEAD_STATUS_CHANGED = "bead_status_changed"
    BEAD_COMPLETED = "bead_completed"
    DECISION_PENDING = "decision_pending"
    DECISION_RESOLVED = "decision_resolved"
    RELEASE_PUBLISHED = "release_published"
    GITHUB_ISSUE_OPENED = "github_issue_opened"
    GITHUB_COMMENT_ADDED = "github_comment_added"
    GITHUB_PR_OPENED = "github_pr_opened"
    WEBHOOK_RECEIVED = "webhook_received"
    COST_EXCEEDED = "cost_exceeded"
    COVERAGE_DROPPED = "coverage_dropped"
    TEST_FAILURE = "test_failure"
    VELOCITY_DROP = "velocity_drop"
    SYSTEM_IDLE = "system_idle"
    AGENT_IDLE = "agent_idle"
    PROJECT_IDLE = "project_idle"


CONDITIONS: dict[MotivationType, tuple[Condition, ...]] = {
    MotivationType.CALENDAR: (
        Condition.TIME_REACHED, Condition.DEADLINE_APPROACH, Condition.DEADLINE_PASSED, Condition.SCHEDULED_INTERVAL,
        Condition.QUARTER_BOUNDARY, Condition.MONTH_BOUNDARY,
    ),
    MotivationType.EVENT: (
        Condition.BEAD_CREATED, Condition.BEAD_STATUS_CHANGED, Condition.BEAD_COMPLETED, Condition.DECISION_PENDING,
        Condition.DECISION_RESOLVED, Condition.RELEASE_PUBLISHED,
    ),
    MotivationType.EXTERNAL: (
        Condition.GITHUB_ISSUE_OPENED, Condition.GITHUB_COMMENT_ADDED, Condition.GITHUB_PR_OPENED,
        Condition.WEBHOOK_RECEIVED,
    ),
    MotivationType.THRESHOLD: (
        Condition.COST_EXCEEDED, Condition.COVERAGE_DROPPED, Condition.TEST_FAILURE, Condition.VELOCITY_DROP,
    ),
    MotivationType.IDLE: (Condition.SYSTEM_IDLE, Condition.AGENT_IDLE, Condition.PROJECT_IDLE),
}  # fmt: skip
"""The conditions of each type."""
TYPE_OF = {condition: type_ for type_, conditions in CONDITIONS.items() for condition in conditions}


class MotivationStatus(StrEnum):
    """Where a motivation stands, as people are told; only whether it is disabled is stored.

    `cooldown`: it fired less than its cooldown ago. `fired`: its one moment has come and it will not fire again.
    """

    ACTIVE = "active"
    DISABLED = "disabled"
    COOLDOWN = "cooldown"
    FIRED = "fired"


class TriggerResult(StrEnum):
    """What became of a firing.

    `skipped`: the work it would file is open already. `no_target`: nobody in the project has the role. `cooldown` is
    an answer to people who ask too soon and is not kept.
    """

    SUCCESS = "success"
    SKIPPED = "skipped"
    COOLDOWN = "cooldown"
    NO_TARGET = "no_target"
    ERROR = "error"


class Motivation(SQLModel, table=True):
    """A condition, whom it wakes and what it files. Without a project it holds for every open one with its role."""

    __tablename__ = "motivations"
    __table_args__ = (Index("ix_motivations_enabled", "enabled", "condition"),)

    id: str = Field(primary_key=True)
    key: str | None = Field(default=None, unique=True)
    """The stable name of one that comes with Loom; None for one that people made."""
    name: str
    description: str = ""
    type: str
    condition: str
    enabled: bool = True
    agent_role: str = ""
    agent_id: str = ""
    """The one agent it wakes; empty for whoever of the role hears it first."""
    project_id: str | None = Field(default=None, foreign_key="projects.id", index=True, ondelete="CASCADE")
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    cooldown_minutes: int = 5
    priority: int = 50
    """0 to 100; of what is due at once the highest fires first."""
    create_bead: bool = False
    bead_template: str = ""
    """A name of loom_app.motivations.templates; empty for the plain one."""
    wake_agent: bool = True
    changed: list[str] = Field(default_factory=list, sa_type=JsonValue)
    """Which fields of one that comes with Loom people have set; a new version of Loom leaves those alone."""
    active_since: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    """When it was made or last enabled: moments before that are not made up for."""
    last_triggered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    trigger_count: int = 0
    created_by: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)

    @property
    def is_built_in(self) -> bool:
        """Whether it comes with Loom, and so cannot be deleted."""
        return self.key is not None


class MotivationCause(SQLModel, table=True):
    """A cause that a motivation has met in a project: it fires for it once, however often the cause comes again."""

    __tablename__ = "motivation_causes"
    __table_args__ = (
        Index(
            "ix_motivation_causes_due", "motivation_id", "project_id", "seq",
            sqlite_where=text("trigger_id = ''"), postgresql_where=text("trigger_id = ''"),
        ),
        Index("ix_motivation_causes_cause", "cause"),
    )  # fmt: skip

    motivation_id: str = Field(primary_key=True, foreign_key="motivations.id", ondelete="CASCADE")
    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    cause: str = Field(primary_key=True)
    """What it is that holds, such as milestone:ms-1@2026-11-26."""
    trigger_id: str = ""
    """The firing that was for it; empty while it waits for its turn."""
    seq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    """The event it came with first; 0 for what is no event."""
    times: int = 1
    """How often it came."""
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class MotivationTrigger(SQLModel, table=True):
    """One firing: what held, what came of it. Never changes."""

    __tablename__ = "motivation_triggers"
    __table_args__ = (
        Index("ix_motivation_triggers_latest", "motivation_id", "project_id", "triggered_at"),
        Index("ix_motivation_triggers_project", "project_id", "seq"),
    )

    seq: int | None = Field(default=None, sa_column=Column(Sequence, primary_key=True, autoincrement=True))
    id: str = Field(unique=True)
    motivation_id: str = Field(foreign_key="motivations.id", ondelete="CASCADE")
    motivation_name: str
    project_id: str = Field(foreign_key="projects.id", ondelete="CASCADE")
    cause: str
    about: str = ""
    """What of several in the project it was for: the milestone, the agent, the event's cause; empty for the project."""
    triggered_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    triggered_by: str = ""
    """The person who fired it by hand; empty for Loom."""
    evidence: dict[str, Any] = Field(default_factory=dict, sa_type=JsonValue)
    result: str = TriggerResult.SUCCESS
    error: str = ""
    """Why nothing, or less than it should, came of it, in a sentence."""
    bead_created: str = ""
    """The bead it filed, or the open one that it found."""
    agent_woken: str = ""
    """The id of the agent it told."""


class MotivatedBead(SQLModel, table=True):
    """A bead that a firing filed, or that came of working on such a one. Motivations that file work overlook these."""

    __tablename__ = "motivated_beads"

    bead_id: str = Field(primary_key=True, foreign_key="beads.id", ondelete="CASCADE")
    trigger_id: str = Field(index=True)
    """The firing at the beginning."""
    depth: int = 1
    """1 for what the firing filed, one more for each bead in between."""
