"""Which beads a list, a search or a count means: options as data, and what each lets through."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click
from sqlalchemy import select
from sqlmodel import col

from loom_app.bdcli.options import MOMENT, PRIORITY, option, several
from loom_app.bdcli.place import At
from loom_app.beads import service as beads
from loom_app.beads.dependencies import EXTERNAL
from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import TOMBSTONE, Bead
from loom_app.beads.tables import chunks
from loom_app.kernel.errors import Invalid, NotFound

LOOKED_AT = (
    "id", "title", "description", "notes", "status", "source_status", "priority", "type", "assigned_to", "tags",
    "pinned", "ephemeral", "is_blocked", "due_date", "defer_until", "created_at", "updated_at", "closed_at",
)  # fmt: skip
STATUSES = ("open", "in_progress", "blocked", "deferred", "closed", "pinned", "hooked")
FILTERS: tuple[click.Option, ...] = (
    several("-s", "--status", help="open, in_progress, blocked, deferred, closed, …; one or several."),
    several("-t", "--type", "kind", help="bug, feature, task, epic, chore, …; one or several."),
    option("-p", "--priority", type=PRIORITY, help="Only this priority."),
    option("--priority-min", type=PRIORITY, help="This priority and less urgent ones."),
    option("--priority-max", type=PRIORITY, help="This priority and more urgent ones."),
    option("-a", "--assignee", help="Only those of one assignee."),
    option("--no-assignee", "--unassigned", "unassigned", is_flag=True, help="Only those nobody is assigned to."),
    several("-l", "--label", help="Only those with every label."),
    several("--label-any", help="Only those with one of these labels."),
    option("--no-labels", is_flag=True, help="Only those without a label."),
    several("--id", "only", help="Only these."),
    option("--title", help="A text in the title."),
    option("--title-contains", help="A text in the title."),
    option("--desc-contains", help="A text in the description."),
    option("--notes-contains", help="A text in the notes."),
    option("--empty-description", is_flag=True, help="Only those without a description."),
    option("--pinned", is_flag=True, help="Only pinned ones."),
    option("--overdue", is_flag=True, help="Only those that are late."),
    option("--deferred", is_flag=True, help="Only those put off."),
    *(
        option(f"--{field}-{side}", type=MOMENT, help=f"Only those {field} {side} a time.")
        for field in ("created", "updated", "closed", "due", "defer")
        for side in ("after", "before")
    ),
)
SORTS: dict[str, Callable[[Any], Any]] = {
    "priority": lambda bead: (bead.priority, -bead.created_at.timestamp(), bead.id),
    "hybrid": lambda bead: (bead.priority, bead.created_at, bead.id),
    "oldest": lambda bead: (bead.created_at, bead.id),
    "created": lambda bead: (-bead.created_at.timestamp(), bead.id),
    "updated": lambda bead: (-bead.updated_at.timestamp(), bead.id),
    "closed": lambda bead: (-bead.closed_at.timestamp() if bead.closed_at else 0.0, bead.id),
    "status": lambda bead: (status_of(bead), bead.priority, bead.id),
    "id": lambda bead: bead.id,
    "title": lambda bead: (bead.title.lower(), bead.id),
    "type": lambda bead: (bead.type, bead.id),
    "assignee": lambda bead: (bead.assigned_to.lower(), bead.id),
}
ORDERED = (
    option("--sort", "order", type=click.Choice(sorted(SORTS)), default="priority", help="In which order."),
    option("-r", "--reverse", is_flag=True, help="The other way round."),
    option("-n", "--limit", "most", type=click.IntRange(min=0), help="How many at the most; 0 for all."),
)
LETS_THROUGH: dict[str, Callable[[Any, Any], bool]] = {
    "status": lambda bead, wanted: status_of(bead) in wanted,
    "kind": lambda bead, wanted: bead.type in wanted,
    "priority": lambda bead, wanted: bool(bead.priority == wanted),
    "priority_min": lambda bead, wanted: bool(bead.priority >= wanted),
    "priority_max": lambda bead, wanted: bool(bead.priority <= wanted),
    "assignee": lambda bead, wanted: bool(bead.assigned_to == wanted),
    "unassigned": lambda bead, _: not bead.assigned_to,
    "label": lambda bead, wanted: set(wanted) <= set(bead.tags),
    "label_any": lambda bead, wanted: not set(wanted).isdisjoint(bead.tags),
    "no_labels": lambda bead, _: not bead.tags,
    "only": lambda bead, wanted: bead.id in wanted,
    "title": lambda bead, wanted: wanted.lower() in bead.title.lower(),
    "title_contains": lambda bead, wanted: wanted.lower() in bead.title.lower(),
    "desc_contains": lambda bead, wanted: wanted.lower() in bead.description.lower(),
    "notes_contains": lambda bead, wanted: wanted.lower() in bead.notes.lower(),
    "empty_description": lambda bead, _: not bead.description,
    "pinned": lambda bead, _: bead.pinned or bead.source_status == "pinned",
    "deferred": lambda bead, _: bead.source_status == "deferred" or bead.defer_until is not None,
    "created_after": lambda bead, wanted: bool(bead.created_at > wanted),
    "created_before": lambda bead, wanted: bool(bead.created_at < wanted),
    "updated_after": lambda bead, wanted: bool(bead.updated_at > wanted),
    "updated_before": lambda bead, wanted: bool(bead.updated_at < wanted),
    "closed_after": lambda bead, wanted: bead.closed_at is not None and bead.closed_at > wanted,
    "closed_before": lambda bead, wanted: bead.closed_at is not None and bead.closed_at < wanted,
    "due_after": lambda bead, wanted: bead.due_date is not None and bead.due_date > wanted,
    "due_before": lambda bead, wanted: bead.due_date is not None and bead.due_date < wanted,
    "defer_after": lambda bead, wanted: bead.defer_until is not None and bead.defer_until > wanted,
    "defer_before": lambda bead, wanted: bead.defer_until is not None and bead.defer_until < wanted,
}
"""Option → whether a bead passes, given the option's value. Those that were not given are not asked."""


def status_of(bead: Any) -> str:
    """The status as the beads tool calls it."""
    return str(bead.source_status or ("closed" if bead.status == "done" else bead.status))


async def everything(at: At) -> list[Any]:
    """The beads of the project, deleted ones apart, with what filters ask for."""
    columns = [col(getattr(Bead, name)) for name in LOOKED_AT]
    mine = (col(Bead.project_id) == at.project.id, col(Bead.source_status) != TOMBSTONE)
    return list((await at.tx.execute(select(*columns).where(*mine))).all())


async def waiting(at: At, ids: Iterable[str]) -> list[str]:
    """Those of the beads that are blocked."""
    blocked = select(col(Bead.id)).where(col(Bead.is_blocked).is_(True)).order_by(col(Bead.id))
    found = [await at.tx.execute(blocked.where(col(Bead.id).in_(chunk))) for chunk in chunks(ids)]
    return [bead_id for rows in found for bead_id in rows.scalars()]


def passing(found: Iterable[Any], given: Mapping[str, Any]) -> list[Any]:
    """Those of the beads that every given filter lets through."""
    asked = [(LETS_THROUGH[name], wanted) for name, wanted in given.items() if name in LETS_THROUGH and _said(wanted)]
    return [bead for bead in found if all(lets(bead, wanted) for lets, wanted in asked)]


def _said(wanted: Any) -> bool:
    return wanted is not None and wanted is not False and wanted not in ([], "")


def cut(found: list[Any], order: str, most: int | None, *, reverse: bool, usual: int) -> list[str]:
    """The ids of the wanted part in the wanted order."""
    ordered = sorted(found, key=SORTS[order], reverse=reverse)
    limit = usual if most is None else most
    return [bead.id for bead in (ordered[:limit] if limit else ordered)]


async def below(at: At, bead_id: str) -> set[str]:
    """The children of a bead, their children and so on."""
    seen: set[str] = set()
    ahead = {bead_id}
    while ahead:
        ahead = {link.bead_id for link in await beads.links_to(at.tx, ahead, [PARENT_CHILD])} - seen
        seen |= ahead
    return seen


async def whole_id(at: At, text: str) -> str:
    """The id that `text` means: itself, itself behind the project's prefix, or the one id that begins so.

    Raises NotFound for none and Invalid for several.
    """
    ways = [text, f"{at.found.bead_prefix}-{text}"] if at.found else [text]
    known = await beads.known_ids(at.tx, ways, at.actor)
    for way in ways:
        if way in known:
            return way
    starts = [col(Bead.id).startswith(way, autoescape=True) for way in ways if way]
    query = select(col(Bead.id)).where(col(Bead.project_id) == at.project.id)
    found = sorted({bead_id for start in starts for bead_id in (await at.tx.execute(query.where(start))).scalars()})
    if len(found) == 1:
        return found[0]
    if found:
        raise Invalid(f"{text!r} can be {', '.join(found[:5])}; write more of the id.", code="ambiguous_id")
    raise NotFound(f"no issue found matching {text!r} in project {at.project.id}", code="bead_not_found")


async def other_end(at: At, text: str) -> str:
    """What a dependency can end at: a bead, or `external:<project>:<id>` in another tool."""
    return text if text.startswith(EXTERNAL) else await whole_id(at, text)


async def whole_ids(at: At, texts: Iterable[str]) -> list[str]:
    """The ids that `texts` mean, each once."""
    return list(dict.fromkeys([await whole_id(at, text) for text in texts]))
