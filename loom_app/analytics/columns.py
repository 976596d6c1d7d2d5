"""What is counted of calls, as columns of queries, and by what it is counted."""

from typing import Any, Literal

from sqlalchemy import ColumnElement, Float, and_, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from loom_app.kernel.columns import table
from loom_app.ledger.models import Call, CallStatus

CALLS = table(Call)
AGENT = "agent:"
Key = Literal["provider", "user", "project", "agent", "model", "bead"]
KEYS: tuple[Key, ...] = ("provider", "user", "project", "agent", "model")
"""What the whole is shown by; beads are too many for that."""
NEEDED: dict[Key, tuple[str, ...]] = {
    "provider": ("provider_id",), "user": ("user_id", "agent_id"), "project": ("project_id",), "agent": ("agent_id",),
    "model": ("model",), "bead": ("bead_id",),
}  # fmt: skip
"""The columns that each is made of."""
DIMENSIONS = ("user_id", "agent_id", "project_id", "bead_id", "provider_id", "model")
COUNTED = ("requests", "failed", "answered", "unpriced")
TOKENS = ("tokens_input", "tokens_cached", "tokens_output", "tokens_reasoning", "cost_micros")
MEASURES = (*COUNTED, *TOKENS, "ms")


class took_ms(FunctionElement[float]):  # noqa: N801 - a function of SQL
    """Milliseconds from its first argument to its second; never fewer than none, though clocks go back."""

    type = Float()
    inherit_cache = True


@compiles(took_ms, "sqlite")
def _sqlite(element: took_ms, compiler: SQLCompiler, **kw: Any) -> str:
    began, ended = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"max(0.0, (julianday({ended}) - julianday({began})) * 86400000.0)"


@compiles(took_ms, "postgresql")
def _postgresql(element: took_ms, compiler: SQLCompiler, **kw: Any) -> str:
    began, ended = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"GREATEST(0.0, EXTRACT(EPOCH FROM ({ended} - {began})) * 1000.0)"


MODEL = case((CALLS.c.answered_by != "", CALLS.c.answered_by), else_=CALLS.c.model)
OVER = CALLS.c.status != CallStatus.RESERVED.value
SETTLED = CALLS.c.status == CallStatus.SETTLED.value
SETTLED_THEN = CALLS.c.status + "" == CallStatus.SETTLED.value
"""The same for a span of time, so written that the index of states is not taken, which has nearly all calls."""
TOOK = took_ms(CALLS.c.at, CALLS.c.settled_at)


def of_call() -> dict[str, ColumnElement[Any]]:
    """What one row of the ledger is of and counts for, named as the columns of sums."""
    unpriced = and_(SETTLED, CALLS.c.cost_micros.is_(None))
    named = {name: CALLS.c[name] for name in DIMENSIONS if name != "model"}
    counts = {"requests": case((OVER, 1), else_=0), "failed": case((SETTLED, 0), else_=1)}
    counts |= {"answered": case((SETTLED, 1), else_=0), "unpriced": case((unpriced, 1), else_=0)}
    summed = {name: case((SETTLED, CALLS.c[name]), else_=0) for name in TOKENS}
    return {**named, "model": MODEL, **counts, **summed, "ms": case((SETTLED, TOOK), else_=0.0)}


def key_of(columns: Any, key: Key) -> ColumnElement[Any]:
    """The column that tells whose something is; an agent that asked on nobody's behalf stands for its user."""
    if key == "user":
        alone = and_(columns.user_id == "", columns.agent_id != "")
        return case((alone, AGENT + columns.agent_id), else_=columns.user_id)
    found: ColumnElement[Any] = columns.model if key == "model" else columns[f"{key}_id"]
    return found
