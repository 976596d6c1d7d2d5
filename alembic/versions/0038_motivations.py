"""motivations"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("trigger_id = ''")


def upgrade() -> None:
    op.create_table(
        "motivations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("agent_role", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=True),
        sa.Column("parameters", JsonValue, nullable=False),
        sa.Column("cooldown_minutes", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("create_bead", sa.Boolean(), nullable=False),
        sa.Column("bead_template", sa.String(), nullable=False),
        sa.Column("wake_agent", sa.Boolean(), nullable=False),
        sa.Column("changed", JsonValue, nullable=False),
        sa.Column("active_since", UtcDateTime(), nullable=False),
        sa.Column("last_triggered_at", UtcDateTime(), nullable=True),
        sa.Column("trigger_count", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_motivations_enabled", "motivations", ["enabled", "condition"])
    op.create_index("ix_motivations_project_id", "motivations", ["project_id"])
    op.create_table(
        "motivation_causes",
        sa.Column("motivation_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("trigger_id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("evidence", JsonValue, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["motivation_id"], ["motivations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("motivation_id", "project_id", "cause"),
    )
    op.create_index(
        "ix_motivation_causes_due",
        "motivation_causes",
        ["motivation_id", "project_id", "seq"],
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )
    op.create_index("ix_motivation_causes_cause", "motivation_causes", ["cause"])
    op.create_table(
        "motivation_triggers",
        sa.Column("seq", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("motivation_id", sa.String(), nullable=False),
        sa.Column("motivation_name", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("triggered_at", UtcDateTime(), nullable=False),
        sa.Column("triggered_by", sa.String(), nullable=False),
        sa.Column("evidence", JsonValue, nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("bead_created", sa.String(), nullable=False),
        sa.Column("agent_woken", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["motivation_id"], ["motivations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(
        "ix_motivation_triggers_latest", "motivation_triggers", ["motivation_id", "project_id", "triggered_at"]
    )
    op.create_index("ix_motivation_triggers_project", "motivation_triggers", ["project_id", "seq"])
    op.create_table(
        "motivated_beads",
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("trigger_id", sa.String(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bead_id"], ["beads.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bead_id"),
    )
    op.create_index("ix_motivated_beads_trigger_id", "motivated_beads", ["trigger_id"])


def downgrade() -> None:
    for table in ("motivated_beads", "motivation_triggers", "motivation_causes", "motivations"):
        op.drop_table(table)
