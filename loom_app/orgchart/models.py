"""The tables of org charts and their positions."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime


class OrgChart(SQLModel, table=True):
    """The team structure of one project."""

    __tablename__ = "org_charts"

    id: str = Field(primary_key=True)
    project_id: str = Field(unique=True, foreign_key="projects.id")
    name: str
    is_template: bool = False
    parent_id: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class Position(SQLModel, table=True):
    """A seat. `max_instances` 0 means any number; `reports_to` is a position's id or empty."""

    __tablename__ = "org_chart_positions"

    org_chart_id: str = Field(primary_key=True, foreign_key="org_charts.id")
    id: str = Field(primary_key=True)
    role_name: str
    persona_path: str
    required: bool = False
    max_instances: int = 0
    reports_to: str = ""
    rank: int = 0
    """Place in the chart, top down."""
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
