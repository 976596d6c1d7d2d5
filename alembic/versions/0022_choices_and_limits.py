"""choices and limits of dispatch"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispatch_choices",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("candidates", JsonValue, nullable=False),
        sa.Column("weighed", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("ix_runs_project_created", "runs", ["project_id", "created_at"])
    op.add_column("projects", sa.Column("max_runs", sa.Integer(), nullable=True))
    op.add_column("projects", sa.Column("role_limits", JsonValue, nullable=False, server_default="{}"))
    op.add_column("providers", sa.Column("max_runs", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("providers", "max_runs")
    op.drop_column("projects", "role_limits")
    op.drop_column("projects", "max_runs")
    op.drop_index("ix_runs_project_created", "runs")
    op.drop_table("dispatch_choices")
