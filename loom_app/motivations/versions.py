"""Versions of a motivation: who changes what somebody else changed meanwhile is told so."""

from loom_app.kernel.clock import parse_rfc3339, rfc3339
from loom_app.kernel.errors import Conflict
from loom_app.motivations.models import Motivation


def etag(motivation: Motivation) -> str:
    """The version for If-Match; a firing does not change it."""
    return f'"{rfc3339(motivation.updated_at)}"'


def check_unchanged(motivation: Motivation, if_match: str) -> None:
    """Raises Conflict when the motivation is not of the version in `if_match` any more; an empty one fits all.

    Raises Invalid for what is no version.
    """
    seen = if_match.removeprefix("W/").strip('"')
    if seen in ("", "*") or parse_rfc3339(seen) == motivation.updated_at:
        return
    changed = rfc3339(motivation.updated_at)
    raise Conflict(
        f"{motivation.name!r} was changed at {changed}, after you read it. Read it again and repeat your change.",
        code="motivation_changed",
        updated_at=changed,
    )
