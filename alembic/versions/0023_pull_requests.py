"""pull requests"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ALIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("projects", sa.Column("merge_method", sa.String(), nullable=False, server_default="squash"))
    op.create_table(
        "github_tokens",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("token_sealed", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_table(
        "pull_requests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("described", sa.String(), nullable=False),
        sa.Column("repository", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("mergeable", sa.String(), nullable=False),
        sa.Column("checks", sa.String(), nullable=False),
        sa.Column("approval", sa.String(), nullable=False),
        sa.Column("opinions", JsonValue, nullable=False),
        sa.Column("heard", sa.BigInteger(), nullable=False),
        sa.Column("review_page", sa.Integer(), nullable=False),
        sa.Column("etags", JsonValue, nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("problem_code", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("look_at", UtcDateTime(), nullable=True),
        sa.Column("merge_commit", sa.String(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["bead_id"], ["beads.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("project_id", "bead_id", "run_id"):
        op.create_index(f"ix_pull_requests_{column}", "pull_requests", [column])
    op.create_index("ix_pull_requests_due", "pull_requests", ["look_at"])
    op.create_index(
        "ux_pull_requests_live", "pull_requests", ["project_id", "branch"], unique=True, sqlite_where=ALIVE,
        postgresql_where=ALIVE,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("pull_requests")
    op.drop_table("github_tokens")
    op.drop_column("projects", "merge_method")
