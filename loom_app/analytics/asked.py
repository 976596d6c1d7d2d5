"""Which calls are asked for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid

USUAL = timedelta(days=30)
"""How far back is looked when nobody says from when on."""
FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """The calls that were begun from `since` on and before `until`, of whom and for what."""

    since: datetime
    until: datetime
    provider_id: str | None = None
    model: str | None = None
    user_id: str | None = None
    """A person, or `agent:` and the id of an agent for what it asks on nobody's behalf."""
    project_id: str | None = None
    agent_id: str | None = None
    bead_id: str | None = None
    run_id: str | None = None


def span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """From when and until when is asked: until now, and the thirty days before, where it is not said.

    Raises Invalid where the end comes before the start.
    """
    until = now() if end is None else _in_utc(end, "end_time")
    usual = until - USUAL if until - FIRST > USUAL else FIRST
    since = usual if start is None else _in_utc(start, "start_time")
    if since > until:
        ended = "the present" if end is None else f"end_time ({until.isoformat()})"
        raise Invalid(
            f"start_time ({since.isoformat()}) is after {ended}, so that nothing lies between. Give an earlier "
            "start_time or a later end_time.",
            code="bad_time",
        )
    return since, until


def _in_utc(moment: datetime, name: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Invalid(f"{name} lies outside the years 1 to 9999 in UTC; give a nearer one.", code="bad_time") from None
