"""epics found"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

EPICS = sa.text("type = 'epic'")


def upgrade() -> None:
    op.create_index(
        "ix_beads_epics", "beads", ["status", "priority", "created_at"], sqlite_where=EPICS, postgresql_where=EPICS
    )


def downgrade() -> None:
    op.drop_index("ix_beads_epics", "beads")
