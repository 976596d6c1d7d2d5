"""sums of calls"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage",
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("starts", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("unpriced", sa.Integer(), nullable=False),
        sa.Column("tokens_input", sa.BigInteger(), nullable=False),
        sa.Column("tokens_cached", sa.BigInteger(), nullable=False),
        sa.Column("tokens_output", sa.BigInteger(), nullable=False),
        sa.Column("tokens_reasoning", sa.BigInteger(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("ms", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint(
            "grain", "starts", "user_id", "agent_id", "project_id", "bead_id", "provider_id", "model"
        ),
    )
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.create_index("ix_usage_bead", ["bead_id", "grain", "starts"], unique=False)

    op.create_table(
        "usage_latencies",
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("starts", UtcDateTime(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "starts", "user_id", "project_id", "provider_id", "model", "band"),
    )
    op.create_table(
        "usage_marks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("ends", UtcDateTime(), nullable=False),
        sa.Column("day", UtcDateTime(), nullable=False),
        sa.Column("day_ends", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("usage_marks", schema=None) as batch_op:
        batch_op.create_index("ix_usage_marks_hour", ["hour"], unique=False)
    _mark_all()


def _mark_all() -> None:
    """Has the sums made of every hour in which calls are already there."""
    connection = op.get_bind()
    hour = (
        "substr(at, 1, 13) || ':00:00.000000'"
        if connection.dialect.name == "sqlite"
        else "date_trunc('hour', at, 'UTC')"
    )
    found = sa.text(f"SELECT DISTINCT {hour} AS hour FROM ledger").columns(hour=UtcDateTime())
    marks = sa.table(
        "usage_marks",
        *(sa.column(name, UtcDateTime()) for name in ("hour", "ends", "day", "day_ends")),
        sa.column("id", sa.String()),
    )
    rows = []
    for (begins,) in connection.execute(found).all():
        day = begins.replace(hour=0)
        ends = {"ends": begins + timedelta(hours=1), "day_ends": day + timedelta(days=1)}
        rows.append({"id": f"mark-{begins.isoformat()}", "hour": begins, "day": day, **ends})
    if rows:
        op.bulk_insert(marks, rows)


def downgrade() -> None:
    with op.batch_alter_table("usage_marks", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_marks_hour")

    op.drop_table("usage_marks")
    op.drop_table("usage_latencies")
    with op.batch_alter_table("usage", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_bead")

    op.drop_table("usage")
