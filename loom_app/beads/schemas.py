"""What the API takes of beads."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from loom_app.kernel.bodies import Body, Shown
from loom_app.kernel.moments import Moment
from loom_app.kernel.storable import Context

LONG = 100_000


def _distinct(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Text = Annotated[str, StringConstraints(max_length=LONG)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Named = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
MOST_TAGS = 50
Tags = Annotated[list[Tag], Field(max_length=MOST_TAGS), AfterValidator(_distinct)]
BEAD_ID = r"^[^\s/\x00-\x1f\x7f]{1,200}$"
BeadId = Annotated[str, StringConstraints(pattern=BEAD_ID)]
BeadIds = Annotated[list[BeadId], Field(max_length=200), AfterValidator(_distinct)]
Priority = Annotated[int, Field(ge=0, le=4, description="0 is the most urgent.")]
Minutes = Annotated[int, Field(ge=0, le=2**31 - 1, description="Minutes.")]


class BeadCreate(Body):
    """A bead to be made."""

    title: Title
    project_id: Short
    type: Kind = "task"
    description: Text = ""
    design: Text = ""
    acceptance_criteria: Text = ""
    notes: Text = ""
    priority: Priority = 2
    assigned_to: Short = ""
    tags: Tags = Field(default_factory=list)
    context: Context = Field(default_factory=dict)
    external_ref: Short = ""
    spec_id: Short = ""
    owner: Short = ""
    pinned: bool = False
    ephemeral: bool = False
    due_date: Moment | None = None
    defer_until: Moment | None = None
    estimated_time: Minutes | None = None
    milestone_id: Named | None = None
    parent: BeadId | None = None
    blocked_by: BeadIds = Field(default_factory=list)
    blocks: BeadIds = Field(default_factory=list)
    children: BeadIds = Field(default_factory=list)
    related_to: BeadIds = Field(default_factory=list)


class BeadEdit(Body):
    """What of one or several beads is to change; what is left out stays. null empties a field that may be empty."""

    title: Title = ""
    project_id: Named = ""
    type: Kind = ""
    description: Text | None = None
    design: Text | None = None
    acceptance_criteria: Text | None = None
    notes: Text | None = None
    status: Named = ""
    """One of the board's four, `closed`, `deferred`, `hooked`, `pinned` or another that beads of the project have."""
    reason: Text = ""
    """Why; kept in the history, and of a new status as `close_reason` or `status_reason` too."""
    force: bool = False
    """Closes an epic although not all of its children are done."""
    close_children: bool = False
    """Closes with a bead all that is under it and not done, as far as you see it."""
    priority: Priority = 2
    assigned_to: Short | None = None
    tags: Tags | None = None
    context: Context | None = None
    external_ref: Short | None = None
    spec_id: Short | None = None
    owner: Short | None = None
    pinned: bool = False
    ephemeral: bool = False
    due_date: Moment | None = None
    defer_until: Moment | None = None
    estimated_time: Minutes | None = None
    milestone_id: Named | None = None
    parent: BeadId | None = None


class BeadChange(BeadEdit):
    """What of a bead is to change, its neighbours too."""

    blocked_by: BeadIds | None = None
    blocks: BeadIds | None = None
    children: BeadIds | None = None
    related_to: BeadIds | None = None
    expected_updated_at: Moment | None = None
    """The `updated_at` the client saw; the change is refused when the bead has changed since."""


class BulkChange(Body):
    """The same change to several beads: all of them or none."""

    ids: Annotated[list[BeadId], Field(min_length=1, max_length=500)]
    change: BeadEdit = Field(default_factory=BeadEdit)
    add_tags: Tags = Field(default_factory=list)
    remove_tags: Tags = Field(default_factory=list)


class UndoRequest(Body):
    """A change of the history to be taken back."""

    change_id: Named
    reason: Text = ""


LinkType = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Gate = Annotated[str, StringConstraints(pattern=r"^(all-children|any-children|)$")]


class DependencyChange(Body):
    """What a dependency is to be: any of the beads tool's types, or one of your own."""

    type: LinkType = "blocks"
    gate: Gate = ""
    """For waits-for: whether all children of the target must be finished, or any."""


class DependencyDraft(DependencyChange):
    """A dependency to be made: the bead of the address depends on `depends_on_id`."""

    depends_on_id: BeadId


Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class CommentDraft(Body):
    """Something to be said about a bead; with `parent_id` an answer to a comment on it."""

    content: Said
    parent_id: Named | None = None


class CommentEdit(Body):
    """Another text for a comment."""

    content: Said


class Redispatch(Body):
    """Why a bead is given out again."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class LeaseView(BaseModel):
    """Who holds a bead."""

    holder: str
    run_id: str | None
    expires_at: datetime | None
    alive: bool


class BlockerView(BaseModel):
    """One thing a bead waits for. Everything but `why` is null for a bead of a project you do not see."""

    bead_id: str | None
    why: str = Field(description='A clause: "because …, open since …, with …".')
    title: str | None
    status: str | None
    open_since: datetime | None
    agent: str | None = Field(description="The name of the agent or person who has it, null for nobody.")


class CommentView(BaseModel):
    """A comment on a bead with its answers. `author_id` is empty for one that came with a file."""

    id: str
    bead_id: str
    parent_id: str | None
    author_id: str
    author_username: str
    content: str
    created_at: datetime
    updated_at: datetime
    edited: bool
    mentions: list[str] = Field(description="The names behind an @ in the text.")
    replies: list["CommentView"]


class Progress(BaseModel):
    """How many beads are under one, at any depth, and how many of them stand in these columns of the board."""

    done: int
    total: int
    in_progress: int
    blocked: int


class BeadView(BaseModel):
    """A bead as lists show it. Times are RFC 3339 in UTC."""

    id: str
    type: str
    title: str
    description: str
    status: str
    source_status: str | None = Field(description="A status of the beads tool that the board has no column for.")
    status_reason: str
    priority: int
    project_id: str
    assigned_to: str
    is_blocked: bool = Field(description="Whether something it depends on keeps it from being started.")
    blocked_by: list[str]
    blocks: list[str]
    related_to: list[str]
    parent: str | None
    children: list[str]
    progress: Progress
    tags: list[str]
    context: dict[str, Any]
    acceptance_criteria: str
    design: str
    notes: str
    external_ref: str
    spec_id: str
    owner: str
    pinned: bool
    ephemeral: bool
    created_by: str
    estimated_time: int | None = Field(description="Minutes.")
    due_date: datetime | None
    defer_until: datetime | None
    not_before: datetime | None = Field(description="It rests until then after a failure.")
    milestone_id: str | None
    hops: int = Field(description="How often it was given to an agent since a person last opened it.")
    close_reason: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    lease: LeaseView | None


class BeadDetail(BeadView):
    """A bead by itself."""

    blockers: list[BlockerView] = []
    warnings: list[str] = Field([], description="What a person should know about the change just made.")
    change_id: str | None = Field(None, description="What the history calls the change just made; null for none.")


class ActorView(Shown):
    """Who changed something: a user, an agent or the system."""

    kind: str
    id: str
    name: str


class HistoryEntry(Shown):
    """One field of a bead before and after a change."""

    id: str
    change_id: str
    at: datetime
    actor: ActorView
    field: str
    from_: Any = Field(alias="from")
    to: Any
    why: str
    undoable: bool = Field(description="Whether undoing the change can be tried; another change since may refuse it.")


class HistoryView(Shown):
    """A bead's history, newest first. `count` is how many entries there are in all."""

    entries: list[HistoryEntry]
    count: int


class UndoneView(Shown):
    """What undoing changed; `change_id` is the undoing itself, which can be undone."""

    change_id: str | None
    changed: list[str]


class BulkView(UndoneView):
    """What a change of several beads came to; `change_id` is null when they all were like that already."""

    unchanged: list[str]


class DependencyView(BaseModel):
    """One dependency. `status` and `title` are of the other end, null where it is not in Loom."""

    bead_id: str
    depends_on_id: str
    type: str
    gate: str = Field("", description="any-children on a waits-for that is over with the first finished child.")
    created_at: datetime | None
    created_by: str
    title: str | None
    status: str | None


class Dependencies(BaseModel):
    """What a bead depends on, what depends on it, and what keeps it waiting just now."""

    depends_on: list[DependencyView]
    dependents: list[DependencyView]
    blockers: list[BlockerView]
