"""messages between agents"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("from_agent_id", sa.String(), nullable=False),
        sa.Column("to_agent_id", sa.String(), nullable=False),
        sa.Column("to_role", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("payload", JsonValue, nullable=False),
        sa.Column("reply_to", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_run_id", sa.String(), nullable=False),
        sa.Column("delivered_turn", sa.Integer(), nullable=False),
        sa.Column("delivered_bead_id", sa.String(), nullable=False),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("bead_id", "run_id", "delivered_run_id", "delivered_bead_id"):
        op.create_index(f"ix_messages_{column}", "messages", [column])
    op.create_index("ix_messages_waiting", "messages", ["to_agent_id", "delivered_run_id"])
    op.create_index("ix_messages_project", "messages", ["project_id", "created_at"])


def downgrade() -> None:
    op.drop_table("messages")
