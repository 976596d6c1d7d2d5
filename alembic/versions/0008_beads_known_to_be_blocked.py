"""beads known to be blocked"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ORDERED = ("status", "is_blocked", "priority", sa.text("created_at DESC"), "id")
BLOCKED = """
    WITH RECURSIVE blocked (id) AS (
        SELECT CAST(bead.id AS VARCHAR) FROM beads AS bead
        WHERE bead.status != 'done' AND bead.source_status != 'pinned' AND (
            EXISTS (
                SELECT 1 FROM bead_dependencies AS link JOIN beads AS target ON target.id = link.depends_on_id
                WHERE link.bead_id = bead.id AND link.type IN ('blocks', 'conditional-blocks')
                AND target.status != 'done' AND target.source_status != 'pinned'
            ) OR EXISTS (
                SELECT 1 FROM bead_dependencies AS link
                WHERE link.bead_id = bead.id AND link.type = 'waits-for'
                AND EXISTS (
                    SELECT 1 FROM bead_dependencies AS kin JOIN beads AS child ON child.id = kin.bead_id
                    WHERE kin.depends_on_id = link.depends_on_id AND kin.type = 'parent-child'
                    AND child.status != 'done' AND child.source_status != 'pinned'
                )
                AND NOT (link.gate = 'any-children' AND EXISTS (
                    SELECT 1 FROM bead_dependencies AS kin JOIN beads AS child ON child.id = kin.bead_id
                    WHERE kin.depends_on_id = link.depends_on_id AND kin.type = 'parent-child'
                    AND child.status = 'done' AND child.source_status != 'tombstone'
                ))
            )
        )
        UNION
        SELECT CAST(link.bead_id AS VARCHAR) FROM bead_dependencies AS link
        JOIN blocked ON blocked.id = link.depends_on_id
        JOIN beads AS child ON child.id = link.bead_id
        WHERE link.type = 'parent-child' AND child.status != 'done' AND child.source_status != 'pinned'
    )
    SELECT id FROM blocked
"""


def upgrade() -> None:
    op.add_column("beads", sa.Column("is_blocked", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(f"UPDATE beads SET is_blocked = true WHERE id IN ({BLOCKED})")
    op.create_index("ordered_beads_free", "beads", list(ORDERED))
    op.create_index("ordered_beads_free_of", "beads", ["project_id", *ORDERED])


def downgrade() -> None:
    op.drop_index("ordered_beads_free_of", "beads")
    op.drop_index("ordered_beads_free", "beads")
    op.drop_column("beads", "is_blocked")
