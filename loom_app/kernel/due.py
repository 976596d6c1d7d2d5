"""When something that was put off is due, on a machine whose clock may be set."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_


def has_come(column: Any, moment: datetime, longest: float) -> ColumnElement[bool]:
    """Whether what is put off until the moment in `column`, at most `longest` seconds ahead, is due at `moment`.

    One twice as far ahead was written while the clock ran ahead, and would otherwise be put off for as long as it did.
    """
    due: ColumnElement[bool] = or_(column <= moment, column > moment + timedelta(seconds=2 * longest))
    return due


def has_gone_by(since: datetime, moment: datetime, seconds: float) -> bool:
    """Whether so much time has gone by at `moment`; it has where the clock was put back since."""
    return not 0 <= (moment - since).total_seconds() < seconds
