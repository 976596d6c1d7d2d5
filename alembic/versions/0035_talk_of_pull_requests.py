"""talk of pull requests"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pull_requests", sa.Column("talk_heard", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("pull_requests", sa.Column("talk_page", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("pull_requests", "talk_page")
    op.drop_column("pull_requests", "talk_heard")
