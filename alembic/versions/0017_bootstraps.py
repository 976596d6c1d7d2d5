"""bootstraps: projects begun from a PRD, and how far each step has come"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WITH_KEY = sa.text("request_key <> ''")


def upgrade() -> None:
    op.create_table(
        "bootstraps",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("prd", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("request_digest", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_index(
        "ix_bootstraps_request", "bootstraps", ["created_by", "request_key"], unique=True, sqlite_where=WITH_KEY,
        postgresql_where=WITH_KEY,
    )  # fmt: skip
    op.create_index("ix_bootstraps_status", "bootstraps", ["status"])
    op.create_table(
        "bootstrap_steps",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("mend", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["bootstraps.project_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "name"),
    )


def downgrade() -> None:
    op.drop_table("bootstrap_steps")
    op.drop_index("ix_bootstraps_status", table_name="bootstraps")
    op.drop_index("ix_bootstraps_request", table_name="bootstraps")
    op.drop_table("bootstraps")
