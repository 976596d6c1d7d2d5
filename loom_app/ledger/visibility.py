"""Who sees which call: those for projects one sees, and one's own that are for none."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.ledger.models import Call


def visible_to(actor: Actor, project_id: Any = None, user_id: Any = None) -> ColumnElement[bool]:
    """The calls that `actor` may know of, as a condition of queries of them, or of others with two such columns."""
    project, user = (col(Call.project_id), col(Call.user_id)) if project_id is None else (project_id, user_id)
    if actor.projects is None:
        return within(actor, project)
    own = and_(project == "", user == actor.id)
    return or_(and_(project != "", within(actor, project)), own)
