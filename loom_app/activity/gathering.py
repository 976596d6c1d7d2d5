"""From events to activities: which are shown, and which are told as one. Pure: the same log gives the same feed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from loom_app.events.catalogue import FEED
from loom_app.events.record import EventRecord
from loom_app.events.visibility import GUARDED, PRIVATE_TO

WINDOW = timedelta(minutes=5)
"""Events that are alike are told as one for this long after the first of them."""
ALIKE = frozenset(
    {
        "agent.deleted", "agent.spawned", "agent.status_change", "bead.assigned", "bead.created", "bead.deleted",
        "bead.restored",
    }
)  # fmt: skip
"""Types of which many come at once and each says little by itself."""
GONE = "project.deleted"
TITLE_LENGTH = 500
TITLES = ("title", "name", "file_path", "username")
"""What events call the thing they are about."""

Row = dict[str, Any]
Titles = Mapping[tuple[str, str], str]
"""What a subject is called, by its project and id."""


@dataclass
class Gathered:
    """What a batch of events makes of the feed: rows that are new or changed, and the projects whose rows go first."""

    rows: dict[int, Row] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    """Projects that were removed, and the number of the event that says so."""


def shown(event: EventRecord) -> bool:
    """Whether the feed tells of `event`: what is for one person's eyes or administrators' is not told there."""
    private = event.project_id is None and PRIVATE_TO in event.data
    return event.type in FEED and event.source not in GUARDED and not private


def key_of(event_type: str, at: datetime, project_id: str | None, actor_id: str) -> str:
    """What events have in common that are told as one."""
    return f"{event_type}.{at:%Y-%m-%d-%H}.{project_id or ''}.{actor_id}"


def gather_key(event: EventRecord) -> str | None:
    """The key under which `event` is told with others; None when it stands for itself."""
    return key_of(event.type, event.timestamp, event.project_id, event.actor_id) if event.type in ALIKE else None


def title_in(event: EventRecord) -> str:
    """What the event itself calls its subject; empty when it does not say."""
    return next((str(event.data[name])[:TITLE_LENGTH] for name in TITLES if event.data.get(name)), "")


def gather(latest: Iterable[Row], events: Sequence[EventRecord], titles: Titles) -> Gathered:
    """The feed after `events`, in the order of the log. `latest` are the newest rows of their keys as they stand.

    `titles` are the names of subjects whose events do not say them. A project's removal takes its activities with it.
    """
    made, newest = Gathered(), {str(row["aggregation_key"]): dict(row) for row in latest}
    for event in events:
        if event.type == GONE and event.project_id is not None:
            _forget(made, newest, event.project_id, event.seq)
        if shown(event):
            row = _joined(newest, event, titles)
            made.rows[row["first_seq"]] = row
    return made


def _joined(newest: dict[str, Row], event: EventRecord, titles: Titles) -> Row:
    """The row `event` is told in: that of its key while its window is open, else one of its own."""
    title = title_in(event) or titles.get((event.project_id or "", event.subject_id or ""), "")
    key = gather_key(event)
    row = newest.get(key) if key else None
    if row is None or event.timestamp - row["first_at"] >= WINDOW:
        row = _begun(event, key, title)
    else:
        row |= {"seq": event.seq, "timestamp": max(row["timestamp"], event.timestamp), "resource_title": title}
        row["aggregation_count"] += 1
    if key:
        newest[key] = row
    return row


def _begun(event: EventRecord, key: str | None, title: str) -> Row:
    return {
        "first_seq": event.seq,
        "id": f"act-{event.id.removeprefix('evt-')}",
        "seq": event.seq,
        "event_type": event.type,
        "resource_type": event.type.rpartition(".")[0],
        "project_id": event.project_id,
        "actor_id": event.actor_id,
        "first_at": event.timestamp,
        "timestamp": event.timestamp,
        "resource_title": title,
        "aggregation_key": key,
        "aggregation_count": 1,
    }


def _forget(made: Gathered, newest: dict[str, Row], project_id: str, seq: int) -> None:
    made.gone[project_id] = seq
    for rows in (made.rows, newest):
        for key in [key for key, row in rows.items() if row["project_id"] == project_id]:
            del rows[key]  # type: ignore[arg-type] # each has keys of its own kind
