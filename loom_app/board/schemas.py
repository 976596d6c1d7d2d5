"""What the API takes and gives of the board."""

from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from loom_app.kernel.rest import Body, Shown

KEPT = (
    "project", "q", "priority", "type", "assigned_to", "tag", "mine", "blocked", "lanes", "sort", "done",
)  # fmt: skip
"""What of the board's address a view keeps."""


def _known(query: str) -> str:
    unknown = [name for name, _ in parse_qsl(query, keep_blank_values=True) if name not in KEPT]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is nothing a view keeps; it keeps {', '.join(KEPT)}")
    return query


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Query = Annotated[
    str,
    StringConstraints(max_length=2000, pattern=r"^[^?#\s\x00-\x1f\x7f]*$"),
    AfterValidator(_known),
    Field(description="What follows the `?` in the board's address."),
]
ProjectId = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ViewDraft(Body):
    """A view to be saved. Without `project_id` it is one of the board of all projects."""

    name: Name
    query: Query = ""
    project_id: ProjectId | None = None
    shared: bool = False


class ViewChange(Body):
    """What of a view is to change. `is_default` is the asker's own and may be set on others' shared views too."""

    name: Name = ""
    query: Query = ""
    shared: bool = False
    is_default: bool = False


class ViewShown(Shown):
    """A saved view. `is_default` says whether the asker's board of that project opens with it."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: str
    name: str
    project_id: str | None
    shared: bool
    owner: str
    is_mine: bool
    is_default: bool
    query: str
    updated_at: datetime


class RunShown(Shown):
    """What is known of the work on a bead. `run_id` is null for one that somebody claimed by hand."""

    holder: str
    run_id: str | None
    turn: int | None
    doing: str = Field(description="The type of the newest action, `model` while it thinks, or empty.")
    progress_at: datetime | None
    cost_micros: int | None
    lease_until: datetime | None


class CardShown(Shown):
    """A bead as a card of the board has it: what is on it, and what it is filtered, laid out and sorted by."""

    id: str
    title: str
    type: str
    status: str
    source_status: str | None
    status_reason: str = Field(description="Cut to what a card shows.")
    priority: int
    project_id: str
    assigned_to: str
    tags: list[str]
    parent: str | None
    is_blocked: bool
    blocked_by: list[str] = Field(description="The unfinished beads it waits for.")
    due_date: datetime | None
    defer_until: datetime | None
    not_before: datetime | None = Field(description="It rests until then after a failure.")
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    run: RunShown | None


class AncestorShown(Shown):
    """A bead above a card that is itself no card of the answer."""

    title: str
    type: str
    status: str
    parent: str | None


class CardsShown(Shown):
    """Cards asked for one by one, of those that exist; the others are gone."""

    seq: int = Field(description="The newest event that is in this answer for certain.")
    cards: list[CardShown]


class NamedShown(Shown):
    """Something and what people call it."""

    id: str
    name: str


class ColumnShown(Shown):
    """How many beads a column holds, those that were left out too."""

    count: int


class BoardShown(CardsShown):
    """The whole board."""

    above: dict[str, AncestorShown]
    columns: dict[str, ColumnShown]
    left_out: int = Field(description="How many finished beads were left out; `done=all` has them.")
    wip_limits: dict[str, dict[str, int]] = Field(description="By project.")
    projects: list[NamedShown]
    agents: list[NamedShown]
