"""the ledger by provider and model"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ledger_provider", "ledger", ["provider_id", "answered_by"])


def downgrade() -> None:
    op.drop_index("ix_ledger_provider", "ledger")
