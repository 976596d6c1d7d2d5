"""wip limits and saved views"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_views",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner_id", "name"),
    )
    with op.batch_alter_table("board_views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_board_views_project_id"), ["project_id"], unique=False)

    op.create_table(
        "board_default_views",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("view_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["view_id"], ["board_views.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "project_id"),
    )
    with op.batch_alter_table("board_default_views", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_board_default_views_view_id"), ["view_id"], unique=False)

    op.add_column("projects", sa.Column("wip_limits", JsonValue, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("projects", "wip_limits")
    with op.batch_alter_table("board_default_views", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_board_default_views_view_id"))

    op.drop_table("board_default_views")
    with op.batch_alter_table("board_views", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_board_views_project_id"))

    op.drop_table("board_views")
