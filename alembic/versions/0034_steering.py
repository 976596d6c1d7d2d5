"""steering of runs"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("pause_requested", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("runs", sa.Column("paused_at", UtcDateTime(), nullable=True))
    op.add_column("runs", sa.Column("taken_by", sa.String(), nullable=False, server_default=""))
    op.add_column("turns", sa.Column("asked_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE turns SET asked_at = COALESCE(replied_at, created_at)")
    op.create_table(
        "nudges",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("heard_run_id", sa.String(), nullable=False),
        sa.Column("heard_turn", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bead_id"], ["beads.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_nudges_run_id", "nudges", ["run_id"])
    op.create_index("ix_nudges_heard_run_id", "nudges", ["heard_run_id"])
    op.create_index("ix_nudges_waiting", "nudges", ["bead_id", "heard_run_id"])


def downgrade() -> None:
    op.drop_table("nudges")
    op.drop_column("turns", "asked_at")
    op.drop_column("runs", "taken_by")
    op.drop_column("runs", "paused_at")
    op.drop_column("runs", "pause_requested")
