"""What lists of beads are asked with in an address, such as several values in one, separated by commas."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, false, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth.gate import CurrentActor
from loom_app.beads import repository
from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.listing import Also, Filters
from loom_app.beads.models import BeadStatus
from loom_app.beads.ready import ready_at
from loom_app.beads.statuses import CLOSED
from loom_app.beads.tables import BEADS, LINKS
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, parse_rfc3339
from loom_app.kernel.errors import Invalid

Several = Annotated[str, Query(max_length=1000, description="One or several, separated by commas.")]


def several(text: str) -> tuple[str, ...]:
    """The values, each without space around it."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def statuses(text: str) -> tuple[str, ...]:
    """Statuses of the board, or of the beads tool; its `closed` is the board's done."""
    return tuple(BeadStatus.DONE if name == CLOSED else name for name in several(text))


def priorities(text: str) -> tuple[int, ...]:
    """Priorities. Raises Invalid for one that is none."""
    wanted = several(text)
    if not set(wanted) <= set("01234"):
        raise Invalid(f"priority={text!r}: priorities are 0 to 4, separated by commas.", code="bad_priority")
    return tuple(int(part) for part in wanted)


def _filters(
    actor: CurrentActor,
    project_id: Annotated[str, Query(max_length=200)] = "",
    status: Several = "",
    type: Several = "",  # noqa: A002 - the parameter's public name
    assigned_to: Several = "",
    priority: Several = "",
    tag: Annotated[str, Query(max_length=100)] = "",
) -> Filters:
    return Filters(
        projects=actor.projects,
        project_id=project_id,
        status=statuses(status),
        type=several(type),
        assigned_to=several(assigned_to),
        priority=priorities(priority),
        tag=tag,
    )


Filtered = Annotated[Filters, Depends(_filters)]
"""What every list of beads can be narrowed by, of those the caller sees."""


@dataclass(frozen=True)
class Place:
    """Where wanted beads are among others and in time; what is None does not narrow."""

    parent: str | None
    ready: bool | None
    blocked: bool | None
    due_before: str | None

    async def conditions(self, tx: AsyncSession, actor: Actor) -> Also:
        """What has to hold of a bead. Raises Invalid for a time that is none."""
        found: list[ColumnElement[bool]] = []
        if self.parent is not None:
            family = LINKS.c.bead_id == BEADS.c.id, LINKS.c.type == PARENT_CHILD, LINKS.c.depends_on_id == self.parent
            hidden = await repository.hidden_among(tx, [self.parent], actor)
            found.append(false() if hidden else select(1).where(*family).exists())
        if self.ready is not None:
            free = ready_at(tx.get_bind().dialect.name, now())
            found.append(free if self.ready else not_(free))
        if self.blocked is not None:
            found.append(BEADS.c.is_blocked.is_(self.blocked))
        if self.due_before is not None:
            found.append(BEADS.c.due_date < parse_rfc3339(self.due_before))
        return tuple(found)


def _place(
    parent: Annotated[str | None, Query(max_length=200, description="Only the children of this bead.")] = None,
    ready: Annotated[bool | None, Query(description="Whether an agent may take it now.")] = None,
    blocked: Annotated[bool | None, Query(description="Whether it waits for something.")] = None,
    due_before: Annotated[str | None, Query(max_length=50, description="A time with a zone.")] = None,
) -> Place:
    return Place(parent, ready, blocked, due_before)


Placed = Annotated[Place, Depends(_place)]
