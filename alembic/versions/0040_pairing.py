"""pairing"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("paired_with", sa.String(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("paired_name", sa.String(), nullable=False, server_default=""))
    op.add_column("turns", sa.Column("diff", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("turns", "diff")
    op.drop_column("runs", "paired_name")
    op.drop_column("runs", "paired_with")
