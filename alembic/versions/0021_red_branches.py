"""red branches"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("branch_red", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("projects", "branch_red")
