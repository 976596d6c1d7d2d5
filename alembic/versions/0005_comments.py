"""comments"""

import sqlalchemy as sa
from alembic import op

from loom_app.beadfiles.jsontext import load
from loom_app.beadfiles.record import read
from loom_app.kernel.columns import UtcDateTime
from loom_app.kernel.ids import new_id

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COMMENTS = sa.table(
    "bead_comments",
    sa.column("id", sa.String), sa.column("bead_id", sa.String), sa.column("author_id", sa.String),
    sa.column("author", sa.String), sa.column("content", sa.String), sa.column("file_id", sa.String),
    sa.column("edited", sa.Boolean), sa.column("created_at", UtcDateTime), sa.column("updated_at", UtcDateTime),
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "bead_comments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("bead_id", sa.String(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("author_id", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("file_id", sa.String(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["bead_id"], ["beads.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["parent_id"], ["bead_comments.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("bead_comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bead_comments_bead_id"), ["bead_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bead_comments_parent_id"), ["parent_id"], unique=False)
    _take_over_from_files()


def _take_over_from_files() -> None:
    """Until now the comments of imported beads were only in the lines these came from."""
    connection = op.get_bind()
    lines = sa.table("bead_sources", sa.column("bead_id", sa.String), sa.column("line", sa.String))
    found = connection.execute(sa.select(lines).where(lines.c.line.contains('"comments"'))).all()
    rows = [row for bead_id, line in found for row in _comments(bead_id, line)]
    if rows:
        connection.execute(sa.insert(COMMENTS), rows)


def _comments(bead_id: str, line: str) -> list[dict[str, object]]:
    return [
        {
            "id": new_id("cmt"), "bead_id": bead_id, "author_id": "", "author": remark.author,
            "content": remark.content, "file_id": remark.file_id, "edited": False,
            "created_at": remark.created_at, "updated_at": remark.created_at,
        }
        for remark in {remark.key(): remark for remark in read(load(line)).remarks}.values()
    ]  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("bead_comments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bead_comments_parent_id"))
        batch_op.drop_index(batch_op.f("ix_bead_comments_bead_id"))

    op.drop_table("bead_comments")
