"""What the API tells of the copies of the database."""

from datetime import datetime

from loom_app.kernel.rest import Shown


class BackupView(Shown):
    """A copy. `problem` is what was found wrong when it was last looked into at `checked_at`; null if it never was."""

    file: str
    path: str
    made_at: datetime
    bytes: int
    checked_at: datetime | None
    problem: str


class BackupFailure(Shown):
    """Why the last attempt made no copy."""

    at: datetime
    why: str


class Backups(Shown):
    """The copies, newest first, and when others are made and removed.

    `every_hours` 0 makes none by itself; `failure` is null when the last attempt went well.
    """

    folder: str
    database: str
    every_hours: float
    keep: int
    next_at: datetime | None
    free_bytes: int
    failure: BackupFailure | None
    backups: list[BackupView]
