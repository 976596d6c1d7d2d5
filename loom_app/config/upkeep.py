"""What is copied and what is forgotten, and when."""

from pydantic import Field

from loom_app.kernel.settings import Section


class Backups(Section):
    """Copies of the database that Loom makes by itself."""

    every_hours: float = Field(24, ge=0, le=24 * 366)
    """How old the newest copy may become; 0 makes none."""
    keep: int = Field(7, ge=1, le=1_000)
    folder: str = ""
    """Where they are put; empty for `backups` in the data directory."""


class Retention(Section):
    """What is forgotten after so many days; 0 keeps it for ever. Events, runs and what they cost are always kept."""

    conversation_days: int = Field(0, ge=0, le=36_500)
    """The texts of runs: prompts, replies, and what actions were told and answered."""
    activity_days: int = Field(0, ge=0, le=36_500)
    """Lines of the activity feed, counted from the newest event in each; the events themselves stay."""
    notification_days: int = Field(0, ge=0, le=36_500)
    """Notifications, counted from the newest event in each. What still needs its reader, or is put off, stays."""
