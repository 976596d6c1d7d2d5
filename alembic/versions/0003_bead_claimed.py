"""bead claimed"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("beads", sa.Column("assigned_before", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("beads", "assigned_before")
