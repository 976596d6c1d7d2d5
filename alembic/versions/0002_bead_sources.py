"""bead sources"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bead_file_lines",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "key"),
    )
    op.create_table(
        "bead_sources",
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["bead_id"], ["beads.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bead_id"),
    )
    # not in a batch: that would rebuild the tables, and with foreign keys on SQLite would empty those that point here
    op.add_column("bead_dependencies", sa.Column("gate", sa.String(), nullable=False, server_default=""))
    op.drop_index("ix_bead_dependencies_depends_on_id", "bead_dependencies")
    op.create_index("ix_bead_dependencies_target", "bead_dependencies", ["depends_on_id", "type"])
    op.drop_column("bead_dependencies", "extra")
    op.create_index("ix_beads_status", "beads", ["status", "priority", "created_at"])
    op.drop_column("beads", "extra")


def downgrade() -> None:
    op.add_column("beads", sa.Column("extra", JsonValue, nullable=False, server_default="{}"))
    op.drop_index("ix_beads_status", "beads")
    op.add_column("bead_dependencies", sa.Column("extra", JsonValue, nullable=False, server_default="{}"))
    op.drop_index("ix_bead_dependencies_target", "bead_dependencies")
    op.create_index("ix_bead_dependencies_depends_on_id", "bead_dependencies", ["depends_on_id"])
    op.drop_column("bead_dependencies", "gate")
    op.drop_table("bead_sources")
    op.drop_table("bead_file_lines")
