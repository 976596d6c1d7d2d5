"""history of beads"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from loom_app.beadfiles.jsontext import load
from loom_app.beadfiles.record import loose_text, loose_time
from loom_app.kernel.columns import JsonValue, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = ("spec_id", "owner", "deleted_by", "delete_reason", "original_type")
BEADS = sa.table(
    "beads", sa.column("id", sa.String), sa.column("deleted_at", UtcDateTime),
    *(sa.column(name, sa.String) for name in TEXTS),
)  # fmt: skip
NAMED = sa.text("source_status != ''")
BATCH = 500


def upgrade() -> None:
    op.create_table(
        "bead_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("before", JsonValue, nullable=False),
        sa.Column("after", JsonValue, nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bead_id"], ["beads.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_bead_changes_bead", "bead_changes", ["bead_id", "seq"], unique=False)
    op.create_index("ix_bead_changes_change_id", "bead_changes", ["change_id"], unique=False)
    for name in TEXTS:
        op.add_column("beads", sa.Column(name, sa.String(), server_default="", nullable=False))
    op.add_column("beads", sa.Column("deleted_at", UtcDateTime(), nullable=True))
    op.create_index(
        "ix_beads_source_status", "beads", ["source_status", "id"], sqlite_where=NAMED, postgresql_where=NAMED
    )
    _take_over_from_files()


def _take_over_from_files() -> None:
    """Until now these fields of imported beads were only in the lines these came from."""
    connection = op.get_bind()
    lines = sa.table("bead_sources", sa.column("bead_id", sa.String), sa.column("line", sa.String))
    having = sa.or_(*(lines.c.line.contains(f'"{name}"') for name in (*TEXTS, "deleted_at")))
    found = connection.execute(sa.select(lines).where(having)).all()
    rows = [{"of_bead": bead_id, **_columns(load(line))} for bead_id, line in found]
    settled: dict[str, Any] = {name: sa.bindparam(name) for name in (*TEXTS, "deleted_at")}
    query = sa.update(BEADS).where(BEADS.c.id == sa.bindparam("of_bead")).values(settled)
    for start in range(0, len(rows), BATCH):
        connection.execute(query, rows[start : start + BATCH])


def _columns(line: dict[str, Any]) -> dict[str, str | datetime | None]:
    return {name: loose_text(line, name) for name in TEXTS} | {"deleted_at": loose_time(line, "deleted_at")}


def downgrade() -> None:
    op.drop_index("ix_beads_source_status", table_name="beads")
    for name in (*TEXTS, "deleted_at"):
        op.drop_column("beads", name)
    op.drop_index("ix_bead_changes_change_id", table_name="bead_changes")
    op.drop_index("ix_bead_changes_bead", table_name="bead_changes")
    op.drop_table("bead_changes")
