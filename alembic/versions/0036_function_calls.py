"""the functions that models call"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turns", sa.Column("tool_calls", JsonValue, nullable=False, server_default=sa.text("'[]'")))
    op.add_column("turns", sa.Column("said", sa.String(), nullable=False, server_default=""))
    op.add_column("turns", sa.Column("tool_results", JsonValue, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    op.drop_column("turns", "tool_results")
    op.drop_column("turns", "said")
    op.drop_column("turns", "tool_calls")
