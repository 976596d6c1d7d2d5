"""What the API takes and gives of reviews."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from loom_app.decisions.schemas import ReviewPassView
from loom_app.kernel.rest import Body, Lenient, Shown
from loom_app.reviews.changes import Change

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5_000)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]


class LineComment(Body):
    """Something to say of one line of the change."""

    path: Path
    line: int = Field(ge=1, le=10**9)
    side: Literal["old", "new"] = "new"
    text: Said


class Review(Body):
    """What is to become of the change, and why; the agent gets `comment` and everything said of lines."""

    verdict: Literal["approve", "send_back"]
    commit: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")] = Field(
        "", description="The commit that was looked at; refused where another is to be merged now."
    )
    comment: Text = ""
    comments: Annotated[list[LineComment], Lenient] = Field(default=[], max_length=200)


class RevertRequest(Body):
    """Why landed work is taken back; whoever goes on with the bead reads it."""

    reason: Said


class _Row(Shown):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class ReviewCommentView(_Row):
    """Something said of one line. `sent_at` is when the agent got it, null while it waits to be sent back."""

    id: str
    run_id: str
    path: str
    line: int
    side: str
    text: str
    author_id: str
    author: str
    created_at: datetime
    sent_at: datetime | None


class RevertView(_Row):
    """Taking back landed work: waiting, done or refused, with a sentence."""

    run_id: str
    reason: str
    asked_by: str
    asker: str
    asked_at: datetime
    status: str
    commit_hash: str
    message: str
    ended_at: datetime | None


class ReviewState(Shown):
    """Where the work of a run stands: none, waiting, approved, sent_back, denied or landed.

    `decision_id` is the question in the inbox, empty without one. `message` says what happened last.
    """

    run_id: str
    state: str
    decision_id: str
    message: str
    revert: RevertView | None
    passes: list[ReviewPassView] = Field(description="What agents said that the project has review finished work.")


class LineView(_Row):
    """A line: `kind` is added, removed or same; `ends` is false where no line break follows."""

    kind: str
    old: int | None
    new: int | None
    text: str
    ends: bool


class HunkView(_Row):
    """Lines that changed together."""

    old_start: int
    new_start: int
    section: str
    lines: list[LineView]


class ChangeView(Shown):
    """What became of a file: added, deleted, renamed, copied or modified. A `folded` one has its hunks left out."""

    path: str
    old_path: str
    status: str
    is_binary: bool
    old_mode: str
    new_mode: str
    added: int
    removed: int
    folded: bool
    hunks: list[HunkView]

    @classmethod
    def of(cls, change: Change, *, folded: bool) -> "ChangeView":
        """The view of a change."""
        return cls(
            path=change.path, old_path=change.old_path, status=change.status, is_binary=change.is_binary,
            old_mode=change.old_mode, new_mode=change.new_mode,
            added=change.count("added"), removed=change.count("removed"), folded=folded,
            hunks=[] if folded else [HunkView.model_validate(hunk) for hunk in change.hunks],
        )  # fmt: skip


class DiffView(Shown):
    """The whole change of a run. `cut` says that it was too large to be kept whole."""

    run_id: str
    bead_id: str
    branch: str
    commit_hash: str
    files: list[ChangeView]
    added: int
    removed: int
    cut: bool
    review: ReviewState
