"""team"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "persona_revisions",
        sa.Column("persona", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("persona", "number"),
    )
    op.create_table(
        "org_chart_templates",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("positions", JsonValue, nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("org_charts", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("agents", sa.Column("status_reason", sa.String(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("persona_name", sa.String(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("persona_revision", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "persona_revision")
    op.drop_column("runs", "persona_name")
    op.drop_column("agents", "status_reason")
    op.drop_column("org_charts", "revision")
    op.drop_table("org_chart_templates")
    op.drop_table("persona_revisions")
