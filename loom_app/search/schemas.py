"""What the API gives of the search."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from loom_app.kernel.rest import Shown


class Piece(Shown):
    """A part of a snippet, and whether it is what was looked for."""

    text: str
    hit: bool


class Result(Shown):
    """Something that was found, with the bead it belongs to."""

    kind: Literal["bead", "comment", "run"]
    bead_id: str
    source_id: str = Field(description="The bead, the comment or the run.")
    title: str
    project_id: str
    status: str
    priority: int
    where: str = Field(description="The bead's field, `comments` or `runs`.")
    snippet: list[Piece]
    at: datetime = Field(description="When the bead was last changed, or the rest was said.")


class Suggestion(Shown):
    """Another query that may have been meant, and why it is offered."""

    query: str
    why: str


class SearchView(Shown):
    """What was found, best first. `problems` are sentences about what in the query was not understood."""

    results: list[Result]
    total: int
    did_you_mean: Suggestion | None
    problems: list[str]


class IdsView(Shown):
    """The ids of the beads that fit, at most 5,000, the latest changed first."""

    ids: list[str]
    total: int
    did_you_mean: Suggestion | None
    problems: list[str]
