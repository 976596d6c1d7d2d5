"""The tables of org charts and their positions."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import JsonValue, UtcDateTime


class OrgChart(SQLModel, table=True):
    """The team structure of one project."""

    __tablename__ = "org_charts"

    id: str = Field(primary_key=True)
    project_id: str = Field(unique=True, foreign_key="projects.id")
    name: str
    is_template: bool = False
    parent_id: str = ""
    """The template it was made from."""
    revision: int = 1
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


class OrgChartTemplate(SQLModel, table=True):
    """A team structure to make charts of projects from. `positions` are the fields of a Seat each, top down."""

    __tablename__ = "org_chart_templates"

    id: str = Field(primary_key=True)
    name: str
    description: str = ""
    positions: list[dict[str, Any]] = Field(default_factory=list, sa_type=JsonValue)
    is_default: bool = False
    """Whether charts of new projects are made from it."""
    author: str = ""
    revision: int = 1
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
