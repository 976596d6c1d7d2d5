"""Time. Always aware and in UTC; the only place that asks the machine for it."""

from datetime import UTC, datetime, timedelta

from loom_app.kernel.errors import Invalid


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def ahead(seconds: float) -> datetime:
    """The moment `seconds` from now."""
    return now() + timedelta(seconds=seconds)


def to_the_second(moment: datetime) -> datetime:
    """`moment` rounded to whole seconds; the last one there is stays."""
    whole = moment.replace(microsecond=0)
    last = datetime.max.replace(microsecond=0, tzinfo=moment.tzinfo)
    return whole + timedelta(seconds=1) if moment.microsecond >= 500_000 and whole < last else whole


def rfc3339(moment: datetime) -> str:
    """`moment` as RFC 3339 text in UTC ending in Z, microseconds kept when there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_rfc3339(text: str) -> datetime:
    """The moment `text` names, in UTC. Up to nine fraction digits are read, six kept. Raises Invalid without a zone."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{text!r} is not a time with a zone such as 2026-02-21T09:30:00Z.", code="bad_time") from error
