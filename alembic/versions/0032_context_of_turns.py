"""context of turns"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("context", JsonValue, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("turns", sa.Column("gist", JsonValue, nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    op.drop_column("turns", "gist")
    op.drop_column("turns", "context")
