"""file locks, reported errors, conversations that were deleted"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_locks",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("file_path", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("locked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "file_path"),
    )
    op.create_index("ix_file_locks_bead", "file_locks", ["bead_id"], unique=False)
    op.create_table(
        "reported_errors",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["bead_id"], ["beads.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "fingerprint"),
    )
    op.create_index("ix_reported_errors_bead_id", "reported_errors", ["bead_id"], unique=False)
    op.add_column("runs", sa.Column("conversation_deleted_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "conversation_deleted_at")
    op.drop_index("ix_reported_errors_bead_id", table_name="reported_errors")
    op.drop_table("reported_errors")
    op.drop_index("ix_file_locks_bead", table_name="file_locks")
    op.drop_table("file_locks")
