"""Who sees which call: those for projects one sees, and one's own that are for none."""

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.ledger.models import Call


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The calls that `actor` may know of, as a condition of queries."""
    if actor.projects is None:
        return within(actor, col(Call.project_id))
    own = and_(col(Call.project_id) == "", col(Call.user_id) == actor.id)
    return or_(and_(col(Call.project_id) != "", within(actor, col(Call.project_id))), own)
