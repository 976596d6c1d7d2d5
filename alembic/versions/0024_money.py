"""money: prices by model, the ledger of calls, and budgets"""

import sqlalchemy as sa
from alembic import op

from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

PRICES = ("price_input", "price_cached_input", "price_cache_write", "price_output", "price_reasoning")
OWN_PRICES = f"""
INSERT INTO model_prices (provider_id, model, valid_from, {", ".join(PRICES)}, source, set_by, set_at)
SELECT id, '', created_at, {", ".join(PRICES)}, 'people', '', updated_at
FROM providers WHERE {" OR ".join(f"{name} IS NOT NULL" for name in PRICES)}
"""
"""What providers cost so far."""
OLD_TURNS = """
INSERT INTO ledger (
    id, purpose, status, at, expires_at, settled_at, project_id, agent_id, user_id, bead_id, run_id, turn, provider_id,
    model, answered_by, rates, tokens_input, tokens_cached, tokens_cache_write, tokens_output, tokens_reasoning,
    estimated, reserved_micros, cost_micros, request_id, note
)
SELECT
    'call-' || t.run_id || '-' || t.number, 'turn', 'settled', t.replied_at, t.replied_at, t.replied_at, r.project_id,
    r.agent_id, coalesce(u.id, ''), r.bead_id, r.id, t.number, r.provider_id, r.model, t.model, '{}', t.tokens_input,
    t.tokens_cached, 0, t.tokens_output, t.tokens_reasoning, t.tokens_estimated, NULL, t.cost_micros, '', ''
FROM turns t JOIN runs r ON r.id = t.run_id JOIN beads b ON b.id = r.bead_id LEFT JOIN users u ON u.id = b.created_by
WHERE t.replied_at IS NOT NULL AND t.tokens_input + t.tokens_output > 0
"""
"""What was asked of models before there was a ledger."""


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("scope_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("window", sa.String(), nullable=False),
        sa.Column("limit_micros", sa.BigInteger(), nullable=False),
        sa.Column("alert_percent", sa.Integer(), nullable=False),
        sa.Column("allow_unpriced", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scope", "scope_id", "window", name="ux_budgets_scope"),
    )
    op.create_index("ix_budgets_project_id", "budgets", ["project_id"])

    op.create_table(
        "ledger",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("rates", JsonValue, nullable=False),
        sa.Column("tokens_input", sa.Integer(), nullable=False),
        sa.Column("tokens_cached", sa.Integer(), nullable=False),
        sa.Column("tokens_cache_write", sa.Integer(), nullable=False),
        sa.Column("tokens_output", sa.Integer(), nullable=False),
        sa.Column("tokens_reasoning", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=True),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_ledger_agent", "ledger", ["agent_id", "at"])
    op.create_index("ix_ledger_at", "ledger", ["at"])
    op.create_index("ix_ledger_bead", "ledger", ["bead_id", "at"])
    op.create_index("ix_ledger_open", "ledger", ["status", "expires_at"])
    op.create_index("ix_ledger_project", "ledger", ["project_id", "at"])
    op.create_index("ix_ledger_run", "ledger", ["run_id"])
    op.create_index("ix_ledger_user", "ledger", ["user_id", "at"])

    op.create_table(
        "budget_windows",
        sa.Column("budget_id", sa.String(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("used_micros", sa.BigInteger(), nullable=False),
        sa.Column("reserved_micros", sa.BigInteger(), nullable=False),
        sa.Column("unpriced_calls", sa.Integer(), nullable=False),
        sa.Column("alerted_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_limit", sa.BigInteger(), nullable=True),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["budget_id"], ["budgets.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("budget_id", "starts_at"),
    )
    op.create_table(
        "model_prices",
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("price_input", sa.BigInteger(), nullable=True),
        sa.Column("price_cached_input", sa.BigInteger(), nullable=True),
        sa.Column("price_cache_write", sa.BigInteger(), nullable=True),
        sa.Column("price_output", sa.BigInteger(), nullable=True),
        sa.Column("price_reasoning", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("provider_id", "model", "valid_from"),
    )
    op.add_column("providers", sa.Column("price_cache_write", sa.BigInteger(), nullable=True))
    op.execute(OWN_PRICES)
    op.execute(OLD_TURNS)


def downgrade() -> None:
    op.drop_column("providers", "price_cache_write")
    for table in ("model_prices", "budget_windows", "ledger", "budgets"):
        op.drop_table(table)
