"""the feed of activities"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import UtcDateTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GATHERING = sa.text("aggregation_key IS NOT NULL")
BY = {
    "at": (), "project": ("project_id",), "type": ("event_type",), "actor": ("actor_id",),
    "resource": ("resource_type",),
}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "activity_feed",
        sa.Column("first_seq", SEQUENCE, autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("resource_type", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("timestamp", UtcDateTime(), nullable=False),
        sa.Column("resource_title", sa.String(), nullable=False),
        sa.Column("aggregation_key", sa.String(), nullable=True),
        sa.Column("aggregation_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("first_seq"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("seq"),
    )
    for name, columns in BY.items():
        op.create_index(f"ix_activity_feed_{name}", "activity_feed", [*columns, "timestamp", "first_seq"])
    op.create_index(
        "ix_activity_feed_key", "activity_feed", ["aggregation_key", "first_seq"],
        sqlite_where=GATHERING, postgresql_where=GATHERING,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("activity_feed")
    op.execute("DELETE FROM follower_positions WHERE name = 'activity-feed'")
