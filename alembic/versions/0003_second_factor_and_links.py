"""second factor and one-time links"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("ends_second_factor", sa.Boolean(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_one_time_links_user_id", "one_time_links", ["user_id"], unique=False)
    op.execute(
        "INSERT INTO one_time_links (token_hash, purpose, ends_second_factor, expires_at) "
        "SELECT token_hash, 'setup', false, expires_at FROM setup_tokens"
    )
    op.drop_table("setup_tokens")

    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("seed_sealed", sa.String(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"], unique=False)
    op.add_column("users", sa.Column("totp_enabled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("users", sa.Column("last_sign_in_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    # Without a batch: on SQLite that would make the table anew, and dropping the old one would take what refers to it.
    op.drop_column("users", "last_sign_in_at")
    op.drop_column("users", "totp_enabled")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.create_table(
        "setup_tokens",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.execute(
        "INSERT INTO setup_tokens (token_hash, expires_at) "
        "SELECT token_hash, expires_at FROM one_time_links WHERE purpose = 'setup'"
    )
    op.drop_table("one_time_links")
