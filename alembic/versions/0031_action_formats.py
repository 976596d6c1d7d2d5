"""the form in which models are asked for actions"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("providers", sa.Column("action_format", sa.String(), nullable=False, server_default="auto"))
    op.add_column("providers", sa.Column("refused_formats", JsonValue, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("turns", sa.Column("format", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("turns", "format")
    op.drop_column("providers", "refused_formats")
    op.drop_column("providers", "action_format")
