"""What holds after any death: every change is in the log and the feed once, and nobody is told twice for one cause."""

import json
import sqlite3
from contextlib import closing
from typing import Any

from loom_app.events.catalogue import FEED
from loom_app.events.visibility import GUARDED, PRIVATE_TO
from tests.support.system import Desk, System
from tests.support.waiting import until

TWICE = {
    "two notifications for one cause": "SELECT user_id, cause FROM notifications GROUP BY 1, 2 HAVING count(*) > 1",
    "two messages of one event": "SELECT endpoint_id, event_id FROM webhook_sendings GROUP BY 1, 2 HAVING count(*) > 1",
    "a letter given up": "SELECT id, problem FROM notification_letters WHERE status = 'failed'",
    "two firings for one cause": (
        "SELECT motivation_id, project_id, cause FROM motivation_triggers "
        "WHERE triggered_by = '' GROUP BY 1, 2, 3 HAVING count(*) > 1"
    ),
    "an event of a bead that is not there": (
        "SELECT id FROM events WHERE type = 'bead.created' AND subject_id NOT IN (SELECT id FROM beads)"
    ),
    "a bead whose making no event tells, or two": (
        "SELECT id FROM beads b WHERE 1 <> "
        "(SELECT count(*) FROM events e WHERE e.type = 'bead.created' AND e.subject_id = b.id)"
    ),
}


def holds(system: System, desk: Desk) -> None:
    """Fails where a change is not in log and feed once, the log is not as it was written, or one was told twice."""
    until(lambda: _told_in_feed(system), 20, what="the feed tells every event of the log once")
    for what, query in TWICE.items():
        assert _rows(system, query) == [], what
    report = desk.get("/audit/verify")
    assert report["ok"], report


def _told_in_feed(system: System) -> bool:
    wanted = sum(
        event_type in FEED and source not in GUARDED and not (project_id is None and PRIVATE_TO in json.loads(data))
        for event_type, source, project_id, data in _rows(system, "SELECT type, source, project_id, data FROM events")
    )
    ((told,),) = _rows(system, "SELECT coalesce(sum(aggregation_count), 0) FROM activity_feed")
    return bool(wanted == told)


def _rows(system: System, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{system.data_dir / 'loom.db'}?mode=ro", uri=True, timeout=10)) as db:
        return db.execute(query).fetchall()
