"""What the API takes and gives of bead files."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from loom_app.kernel.rest import Body, Shown
from loom_app.kernel.storable import storable


class ConflictView(BaseModel):
    """A field that Loom and the file changed differently. The values are as the file has them; null: it is not there.

    `status` has all that belongs to a status as an object; `(line)` is the whole line of a bead that is gone.
    """

    id: str
    bead_id: str
    title: str
    field: str
    item: str = Field(description="Which label, dependency, comment or key of the metadata.")
    base: Any
    ours: Any
    theirs: Any
    shown: Literal["ours", "theirs"] = Field(description="The value that holds until somebody decides.")
    found_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    resolution: str


class UnreadableView(BaseModel):
    """A line of the file that is no bead. It stays in the file as it is."""

    line: int
    reason: str
    bead_id: str
    text: str


class BeadFileView(BaseModel):
    """How the bead file of a project stands."""

    project_id: str
    beads_sync: str
    path: str = Field(description="In the repository.")
    branch: str
    last_read_at: datetime | None = Field(description="When the file last held something new for Loom.")
    last_written_at: datetime | None
    last_checked_at: datetime | None
    commit: str = Field(description="The last commit by which Loom changed the file.")
    pushed: bool = Field(description="Whether the origin has every commit of Loom's copy.")
    behind: int = Field(description="How many beads the file does not yet say all of.")
    problem: str
    conflicts: list[ConflictView]
    conflict_count: int
    unreadable: list[UnreadableView]


class Decided(Body):
    """How a conflict is decided. `value` is read with "value" alone: the JSON the field shall have in the file."""

    take: Literal["ours", "theirs", "value"]
    value: Annotated[Any, AfterValidator(storable)] = None


class ProblemView(Shown):
    """A line of a file that cannot be taken, and why. `line` counts from 1."""

    line: int
    reason: str
    bead_id: str


class ImportView(Shown):
    """What an import did or, tried dry, would do; of long lists the first, with how many there are."""

    created: int
    updated: int
    unchanged: int
    stale: list[str] = Field(description="Newer in Loom and left alone.")
    stale_count: int
    skipped: int
    problems: list[ProblemView]
    problem_count: int
    notes: list[str]
    dry_run: bool
