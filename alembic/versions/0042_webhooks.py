"""webhooks of GitHub"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_secrets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("secret_sealed", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_secrets_project_id", "webhook_secrets", ["project_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("repository", sa.String(), nullable=False),
        sa.Column("told", JsonValue, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("secret_id", sa.String(), nullable=False),
        sa.Column("signed_for", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhook_deliveries_due", "webhook_deliveries", ["status", "due_at"])
    op.create_index("ix_webhook_deliveries_received", "webhook_deliveries", ["received_at"])
    op.create_index("ix_webhook_deliveries_project", "webhook_deliveries", ["project_id", "received_at"])
    op.create_table(
        "github_things",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("comment_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("written", JsonValue, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "ref"),
    )
    op.create_index("ix_github_things_bead_id", "github_things", ["bead_id"])
    op.create_table(
        "webhook_rules",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("issues", sa.String(), nullable=False),
        sa.Column("on_close", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_index(
        "ix_beads_external_ref", "beads", ["external_ref", "project_id"],
        sqlite_where=sa.text("external_ref != ''"), postgresql_where=sa.text("external_ref != ''"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_beads_external_ref", "beads")
    for table in ("webhook_rules", "github_things", "webhook_deliveries", "webhook_secrets"):
        op.drop_table(table)
