"""keys, logins and known hosts of projects' repositories"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AS_BEFORE = sa.text(
    "INSERT INTO git_logins (project_id, method, site, username, secret_sealed, set_by, set_at) "
    "SELECT id, 'git-helper', '', '', '', 'loom', created_at FROM projects "
    "WHERE git_repo <> '' AND git_repo NOT LIKE '/%' AND git_repo NOT LIKE 'file:%'"
)
"""Projects that are there have come to their repositories as whoever runs Loom, and go on so."""


def upgrade() -> None:
    op.create_table(
        "git_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("private_sealed", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("worked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_git_keys_project_id", "git_keys", ["project_id"])
    op.create_table(
        "git_known_hosts",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("pinned_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "host", "kind"),
    )
    op.create_table(
        "git_logins",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("secret_sealed", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.execute(AS_BEFORE)


def downgrade() -> None:
    op.drop_table("git_logins")
    op.drop_table("git_known_hosts")
    op.drop_index("ix_git_keys_project_id", table_name="git_keys")
    op.drop_table("git_keys")
