"""Which calls a scope pays for, as a condition of queries."""

from sqlalchemy import ColumnElement
from sqlmodel import col

from loom_app.ledger.models import Call, Scope

COLUMN_OF = {
    Scope.PROJECT: Call.project_id,
    Scope.AGENT: Call.agent_id,
    Scope.USER: Call.user_id,
    Scope.BEAD: Call.bead_id,
}


def paid_by(scope: str, scope_id: str) -> list[ColumnElement[bool]]:
    """The calls that a scope pays for, as conditions."""
    return [] if scope == Scope.SYSTEM else [col(COLUMN_OF[Scope(scope)]) == scope_id]
