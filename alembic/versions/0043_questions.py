"""questions to Loom and what is proposed in their answers"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repl_exchanges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("response", sa.String(), nullable=False),
        sa.Column("answered", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("provider_name", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("tokens_input", sa.Integer(), nullable=False),
        sa.Column("tokens_output", sa.Integer(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("links", JsonValue, nullable=False),
        sa.Column("suggestions", JsonValue, nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_repl_exchanges_user", "repl_exchanges", ["user_id", "at"])
    op.create_index("ix_repl_exchanges_at", "repl_exchanges", ["at"])
    op.create_table(
        "repl_proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("exchange_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parameters", JsonValue, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("effects", JsonValue, nullable=False),
        sa.Column("seen", JsonValue, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["exchange_id"], ["repl_exchanges.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_repl_proposals_exchange", "repl_proposals", ["exchange_id"])


def downgrade() -> None:
    op.drop_table("repl_proposals")
    op.drop_table("repl_exchanges")
