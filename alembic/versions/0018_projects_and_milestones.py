"""projects and milestones"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project_comments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("timestamp", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_project_comments_project_id", "project_comments", ["project_id"])
    op.create_table(
        "milestones",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due_date", UtcDateTime(), nullable=True),
        sa.Column("start_date", UtcDateTime(), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("tags", JsonValue, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["milestones.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_milestones_due", "milestones", ["status", "due_date"])
    op.create_index("ix_milestones_parent_id", "milestones", ["parent_id"])
    op.create_index("ix_milestones_project_id", "milestones", ["project_id"])
    op.create_table(
        "milestone_dependencies",
        sa.Column("milestone_id", sa.String(), nullable=False),
        sa.Column("depends_on_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["depends_on_id"], ["milestones.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestones.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("milestone_id", "depends_on_id"),
    )
    op.create_index("ix_milestone_dependencies_depends_on_id", "milestone_dependencies", ["depends_on_id"])
    op.add_column("beads", sa.Column("milestone_id", sa.String(), nullable=True))
    op.create_index("ix_beads_milestone_id", "beads", ["milestone_id"])
    op.add_column("projects", sa.Column("parent_id", sa.String(), nullable=True))
    op.add_column("projects", sa.Column("due_date", UtcDateTime(), nullable=True))
    op.create_index("ix_projects_parent_id", "projects", ["parent_id"])


def downgrade() -> None:
    op.drop_index("ix_projects_parent_id", "projects")
    op.drop_column("projects", "due_date")
    op.drop_column("projects", "parent_id")
    op.drop_index("ix_beads_milestone_id", "beads")
    op.drop_column("beads", "milestone_id")
    for table in ("milestone_dependencies", "milestones", "project_comments"):
        op.drop_table(table)
