"""What of a bead its history tells: the fields, their values as JSON, and what differs between two of them. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from loom_app.beads.models import TOMBSTONE
from loom_app.kernel.clock import parse_rfc3339, rfc3339

PLAIN = (
    "title", "type", "description", "design", "acceptance_criteria", "notes", "priority", "assigned_to", "owner",
    "tags", "milestone_id", "estimated_time", "external_ref", "spec_id", "context", "pinned", "ephemeral", "due_date",
    "defer_until", "project_id", "created_by", "created_at",
)  # fmt: skip
INNER = ("hops", "not_before", "assigned_before")
"""What goes with where a bead stands and is told to nobody."""
STANDING = (
    "status", "source_status", "status_reason", "close_reason", "closed_at",
    "deleted_at", "deleted_by", "delete_reason", "original_type", *INNER,
)  # fmt: skip
"""Where a bead stands; these change together and are undone together."""
TRACKED = (*PLAIN, *STANDING)
MOMENTS = frozenset({"due_date", "defer_until", "created_at", "closed_at", "not_before", "deleted_at"})
STATUS, DELETED = "status", "deleted"
REASONS = ("status_reason", "close_reason")
OF_STANDING = frozenset({STATUS, DELETED, *REASONS})
"""The names under which a change of where a bead stands is told."""

Values = Mapping[str, Any]


class Difference(NamedTuple):
    """One field before and after. `shown` is False for what concerns nobody but undoing."""

    field: str
    before: Any
    after: Any
    shown: bool = True


def values(bead: Any) -> dict[str, Any]:
    """The tracked columns of a bead (an object or a row) as JSON values."""
    return {name: _as_json(getattr(bead, name)) for name in TRACKED}


def column(name: str, value: Any) -> Any:
    """The value of a column from its JSON value."""
    return parse_rfc3339(value) if name in MOMENTS and value is not None else value


def differences(before: Values, after: Values) -> Iterator[Difference]:
    """What differs between two states of a bead, where it stands as one difference."""
    for name in PLAIN:
        if before[name] != after[name]:
            yield Difference(name, before[name], after[name])
    stood, stands = ({name: state[name] for name in STANDING} for state in (before, after))
    if stood != stands:
        told = _told_as(stood, stands)
        yield Difference(told or STATUS, stood, stands, shown=bool(told))


def shown_value(field: str, value: Any) -> Any:
    """What people are shown of the stored value of a field."""
    if field == STATUS:
        return value["source_status"] or value["status"]
    if field == DELETED:
        return value["source_status"] == TOMBSTONE
    return value[field] if field in REASONS else value


def same(difference: Difference, present: Values) -> bool:
    """Whether the bead still is as `difference` left it, as far as people can tell."""
    if difference.field not in OF_STANDING:
        return bool(present[difference.field] == difference.after)
    visible = ("status", "source_status", *REASONS)
    return not difference.shown or all(present[name] == difference.after[name] for name in visible)


def restored(difference: Difference) -> dict[str, Any]:
    """The columns that bring back what was before `difference`."""
    if difference.field not in OF_STANDING:
        return {difference.field: column(difference.field, difference.before)}
    names = STANDING if difference.shown else INNER
    return {name: column(name, difference.before[name]) for name in names}


def _told_as(stood: Values, stands: Values) -> str:
    if (stood["source_status"] == TOMBSTONE) != (stands["source_status"] == TOMBSTONE):
        return DELETED
    if shown_value(STATUS, stood) != shown_value(STATUS, stands):
        return STATUS
    return next((name for name in REASONS if stood[name] != stands[name]), "")


def _as_json(value: Any) -> Any:
    return rfc3339(value) if isinstance(value, datetime) else value
