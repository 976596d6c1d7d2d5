"""activity"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

NOT_LOOM = sa.text("actor_id != 'loom'")


def upgrade() -> None:
    op.create_index(
        "ix_events_activity", "events", ["project_id", "seq"], sqlite_where=NOT_LOOM, postgresql_where=NOT_LOOM
    )


def downgrade() -> None:
    op.drop_index("ix_events_activity", table_name="events")
