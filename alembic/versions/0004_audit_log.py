"""audit log"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = ("actor_name", "on_behalf_of", "request_id", "address", "key_id", "data_digest", "hash")
REFUSAL = "The event log is append-only: its entries are never changed or removed."
ON_SQLITE = (
    f"CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    # INSERT OR REPLACE removes rows without asking the triggers of DELETE.
    "CREATE TRIGGER events_no_replace BEFORE INSERT ON events "
    "WHEN NEW.seq <= (SELECT max(seq) FROM events) OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id) "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
)
ON_POSTGRES = (
    "CREATE FUNCTION loom_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
    "FOR EACH STATEMENT EXECUTE FUNCTION loom_append_only()",
)


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("anchor", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("mac", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ADDED:
        op.add_column("events", sa.Column(name, sa.String(), nullable=True))
    op.create_index("ix_events_actor_seq", "events", ["actor_id", "seq"])
    for statement in ON_POSTGRES if _on_postgres() else ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if _on_postgres():
        op.execute("DROP TRIGGER events_append_only ON events")
        op.execute("DROP FUNCTION loom_append_only()")
        op.execute("SELECT setval(pg_get_serial_sequence('events', 'seq'), (SELECT max(seq) FROM events))")
    else:
        for name in ("events_no_update", "events_no_delete", "events_no_replace"):
            op.execute(f"DROP TRIGGER {name}")
    op.drop_index("ix_events_actor_seq", table_name="events")
    for name in reversed(ADDED):
        op.drop_column("events", name)
    op.drop_table("audit_head")


def _on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"
