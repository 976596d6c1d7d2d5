"""allowed findings of the secret scan, protected branches of projects"""

import json

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PROTECTED = json.dumps(["main", "master", "production", "release/*", "hotfix/*"])


def upgrade() -> None:
    op.create_table(
        "allowed_findings",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("allowed_by", sa.String(), nullable=False),
        sa.Column("allowed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "fingerprint"),
    )
    op.add_column("projects", sa.Column("protected_branches", JsonValue, nullable=False, server_default=PROTECTED))


def downgrade() -> None:
    op.drop_column("projects", "protected_branches")
    op.drop_table("allowed_findings")
