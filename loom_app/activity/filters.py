"""What may be asked of the feed, and the place in it where a page ends."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import AwareDatetime

from loom_app.activity.repository import Wanted
from loom_app.events.catalogue import CATALOGUE, ELSEWHERE, FEED, named
from loom_app.events.visibility import GUARDED
from loom_app.kernel.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
MINOR = frozenset({"agent.completed", "agent.status_change", "bead.completed"})
"""Told again by another line: that a run began or ended, that a bead was moved to Done."""
RESOURCES = frozenset(name.rpartition(".")[0] for name in (*CATALOGUE, *ELSEWHERE))

Name = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[AwareDatetime | None, Query(description="RFC 3339, with a zone.")]


def asked(
    project_id: Name = None,
    event_type: Annotated[str | None, Query(max_length=2_000, description="Types, separated by commas.")] = None,
    actor_id: Annotated[str | None, Query(max_length=200, description="The id of a user or agent; loom.")] = None,
    resource_type: Annotated[str | None, Query(max_length=200, description="Such as bead, agent or decision.")] = None,
    since: Moment = None,
    until: Moment = None,
    aggregated: Annotated[
        bool | None, Query(description="true: only what stands for several events; false: only single ones.")
    ] = None,
    minor: Annotated[bool, Query(description="Also what another line tells already.")] = True,
    before: Annotated[str | None, Query(max_length=40, description="`next` of the page before.")] = None,
) -> Wanted:
    """The filters of a request. Raises Invalid for what can never match because it is misspelt."""
    types = named(event_type)
    if since and until and since > until:
        raise Invalid(
            f"since ({since.isoformat()}) is after until ({until.isoformat()}), so that nothing lies between. "
            "Exchange them.",
            code="bad_time",
        )
    return Wanted(
        project_id=project_id,
        types=None if types is None else types & FEED,
        besides=frozenset() if minor or event_type else MINOR,
        resource_type=_resource(resource_type),
        actor_id=actor_id,
        since=since,
        until=until,
        aggregated=aggregated,
        before=place(before) if before else None,
    )


Filters = Annotated[Wanted, Depends(asked)]


def place_of(row: Any) -> str:
    """The place of a row in the feed, as `place` reads it."""
    return f"{(row.timestamp - EPOCH) // timedelta(microseconds=1)}-{row.first_seq}"


def place(text: str) -> tuple[datetime, int]:
    """The place that `text` names. Raises Invalid."""
    found = PLACE.fullmatch(text)
    try:
        if found is None:
            raise OverflowError
        return EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError as error:
        raise Invalid(
            f"before={text!r} is no place in the feed; take `next` of the page before.", code="bad_place"
        ) from error


def _resource(given: str | None) -> str | None:
    if given and given not in RESOURCES:
        shown = sorted({name.rpartition(".")[0] for name in FEED} - GUARDED)
        raise Invalid(
            f"There is no resource_type {given[:60]!r}. The feed shows {', '.join(shown)}.",
            code="unknown_resource_type",
        )
    return given or None
