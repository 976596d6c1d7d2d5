"""The names a status goes by: the board's four, the beads tool's own, and others that come with a project's file."""

from loom_app.beads.models import TOMBSTONE, BeadStatus

CLOSED = "closed"
"""What the beads tool calls done."""
OTHERS = ("deferred", "hooked", "pinned")
"""Statuses of the beads tool that the board has no column for."""
ELSEWHERE = {TOMBSTONE: BeadStatus.DONE, "hooked": BeadStatus.IN_PROGRESS}
"""Where these are shown; any that is not named is open, and not ready since `source_status` says so."""


ON_THE_BOARD = {"": BeadStatus.OPEN, CLOSED: BeadStatus.DONE, **{str(status): status for status in BeadStatus}}


def placed(name: str) -> tuple[BeadStatus, str]:
    """The column of the board and, for a status the board does not have, that status. Nothing is open."""
    status = ON_THE_BOARD.get(name)
    return (status, "") if status else (ELSEWHERE.get(name, BeadStatus.OPEN), name)
