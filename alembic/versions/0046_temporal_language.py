"""temporal language"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "temporal_effects",
        sa.Column("workflow_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("instruction_id", sa.String(), nullable=False),
        sa.Column("schedule_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("result", JsonValue, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workflow_id"),
    )
    op.create_index("ix_temporal_effects_project", "temporal_effects", ["project_id", "created_at"])
    op.create_index("ix_temporal_effects_schedule_id", "temporal_effects", ["schedule_id"])

    op.create_table(
        "temporal_executions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("agent_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("faults", JsonValue, nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_temporal_executions_agent", "temporal_executions", ["agent_id", "created_at"])
    op.create_index("ix_temporal_executions_project", "temporal_executions", ["project_id", "created_at"])
    op.create_index("ix_temporal_executions_run", "temporal_executions", ["run_id"])
    op.create_index("ux_temporal_executions_cause", "temporal_executions", ["cause"], unique=True)

    op.create_table(
        "temporal_schedules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("agent_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("input", JsonValue, nullable=False),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        sa.Column("timeout", sa.Float(), nullable=False),
        sa.Column("retry", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("firings", sa.Integer(), nullable=False),
        sa.Column("fired_at", UtcDateTime(), nullable=True),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_temporal_schedules_agent", "temporal_schedules", ["agent_id"])
    op.create_index(
        "ux_temporal_schedules_name",
        "temporal_schedules",
        ["project_id", "name"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "temporal_instructions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("execution_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("keys", JsonValue, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("result", JsonValue, nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("executed_at", UtcDateTime(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["execution_id"], ["temporal_executions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_temporal_instructions_agent", "temporal_instructions", ["agent_id", "created_at"])
    op.create_index("ix_temporal_instructions_handle", "temporal_instructions", ["project_id", "handle"])
    op.create_index("ix_temporal_instructions_status", "temporal_instructions", ["status", "created_at"])
    op.create_index(
        "ux_temporal_instructions_place", "temporal_instructions", ["execution_id", "position"], unique=True
    )


def downgrade() -> None:
    for name in ("temporal_instructions", "temporal_schedules", "temporal_executions", "temporal_effects"):
        op.drop_table(name)
