"""the hosts that commands of a project's runs reach"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("network_hosts", JsonValue, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("projects", "network_hosts")
