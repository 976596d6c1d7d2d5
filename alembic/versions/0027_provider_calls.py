"""provider calls"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "provider_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("alive_until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("model_asked", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_provider_calls_ended", "provider_calls", ["provider_id", "ended_at"])
    op.create_index(
        "ix_provider_calls_open", "provider_calls", ["provider_id", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.add_column("providers", sa.Column("selection_reason", sa.String(), nullable=False, server_default=""))
    op.add_column("providers", sa.Column("model_score", sa.Float(), nullable=True))
    op.add_column("providers", sa.Column("doubt", sa.String(), nullable=False, server_default=""))
    op.add_column("providers", sa.Column("doubted_at", UtcDateTime(), nullable=True))
    op.add_column("providers", sa.Column("calls_failed_in_row", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("providers", sa.Column("max_calls", sa.Integer(), nullable=True))
    op.add_column("turns", sa.Column("model_asked", sa.String(), nullable=False, server_default=""))
    op.add_column("turns", sa.Column("shortfall", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    for column in ("shortfall", "model_asked"):
        op.drop_column("turns", column)
    for column in ("max_calls", "calls_failed_in_row", "doubted_at", "doubt", "model_score", "selection_reason"):
        op.drop_column("providers", column)
    op.drop_index("ix_provider_calls_open", table_name="provider_calls")
    op.drop_index("ix_provider_calls_ended", table_name="provider_calls")
    op.drop_table("provider_calls")
