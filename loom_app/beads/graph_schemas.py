"""What the API gives of the work graph."""

from datetime import datetime

from pydantic import BaseModel, Field

from loom_app.beads.schemas import BeadView


class EdgeView(BaseModel):
    """`to` comes after, under or with `from`."""

    from_: str = Field(alias="from")
    to: str
    relationship: str = Field(description="blocks, parent or related")
    type: str = Field(description="The dependency's type in the beads tool.")
    gate: str = Field(description="any-children where the first finished child is enough.")


class GraphBead(BaseModel):
    """A bead of the work graph without its texts."""

    id: str
    type: str
    title: str
    status: str
    source_status: str | None
    priority: int
    project_id: str
    assigned_to: str
    is_blocked: bool
    tags: list[str]
    estimated_time: int | None
    updated_at: datetime


class WorkGraph(BaseModel):
    """Beads and the edges between them."""

    beads: dict[str, BeadView | GraphBead]
    edges: list[EdgeView]
    updated_at: datetime | None
    total: int = Field(description="How many beads match; `beads` are at most the 5,000 of them that changed last.")
    critical_path: list[str] = Field(
        description="The longest chain of unfinished work among `beads`, with the parents it leads through."
    )
    critical_path_minutes: int
    critical_path_beads: int
    assumed_minutes: int = Field(
        description="What a bead without an estimate counts for: the median of the others, 60 when none has one."
    )
    cycles: list[list[str]] = Field(description="Unfinished beads that wait for each other, as [a, b, a], if any do.")
