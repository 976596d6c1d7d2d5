"""decisions passed on"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

WORDS = ("assigned_to", "answer_bead", "changes")


def upgrade() -> None:
    op.create_table(
        "decision_rules",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("risks", JsonValue, nullable=False),
        sa.Column("kinds", JsonValue, nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id"),
    )
    op.create_table(
        "decision_comments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_decision_comments_decision_id", "decision_comments", ["decision_id"])
    op.create_table(
        "decision_snoozes",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "decision_id"),
    )
    op.create_index("ix_decision_snoozes_decision_id", "decision_snoozes", ["decision_id"])
    op.add_column("decisions", sa.Column("context", JsonValue, server_default="{}", nullable=False))
    op.add_column("decisions", sa.Column("delegations", JsonValue, server_default="[]", nullable=False))
    for column in WORDS:
        op.add_column("decisions", sa.Column(column, sa.String(), server_default="", nullable=False))
    op.create_index("ix_decisions_answer_bead", "decisions", ["answer_bead"])
    op.create_index("ix_decisions_waiting", "decisions", ["status", "deadline"])


def downgrade() -> None:
    op.drop_index("ix_decisions_waiting", "decisions")
    op.drop_index("ix_decisions_answer_bead", "decisions")
    for column in ("context", "delegations", *WORDS):
        op.drop_column("decisions", column)
    op.drop_table("decision_snoozes")
    op.drop_table("decision_comments")
    op.drop_table("decision_rules")
