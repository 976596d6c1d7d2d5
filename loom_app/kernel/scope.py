"""The projects an actor sees, as a condition of queries: there it belongs, so that counts and pages are right."""

from typing import Any

from sqlalchemy import ColumnElement, true

from loom_app.kernel.actor import Actor


def within(actor: Actor, project_id: Any) -> ColumnElement[bool]:
    """Whether the project in the column `project_id` is one that `actor` sees; what belongs to none is not."""
    if actor.projects is None:
        return true()
    seen: ColumnElement[bool] = project_id.in_(sorted(actor.projects))
    return seen
