"""What the API shows of org charts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from loom_app.orgchart.models import OrgChart, Position


class PositionView(BaseModel):
    """A seat and the agents who fill it. `max_instances` 0 means any number."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    role_name: str
    persona_path: str
    required: bool
    max_instances: int
    agent_ids: list[str] = []
    reports_to: str
    created_at: datetime


class OrgChartView(BaseModel):
    """A project's team structure, positions top down."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    project_id: str
    name: str
    positions: list[PositionView] = []
    is_template: bool
    parent_id: str
    schema_version: str = "1.0"
    attributes: dict[str, Any] = {}
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, chart: OrgChart, positions: Sequence[Position], holders: Mapping[str, list[str]]) -> "OrgChartView":
        """The chart as it is shown; `holders` tells the agents of each position."""
        seats = [
            PositionView.model_validate(position).model_copy(update={"agent_ids": holders.get(position.id, [])})
            for position in positions
        ]
        return cls.model_validate(chart).model_copy(update={"positions": seats})
