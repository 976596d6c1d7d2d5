"""The keys of a line, their order, and what tells one line of a file from another. Pure, and quick to load."""

import hashlib
from typing import Any

from loom_app.beadfiles.jsontext import dump

CONFLICT_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
SCHEMA = "_schema"
"""The key under which the file's schema mark is kept; it stays its first line."""
ORDER = (
    "id", "title", "description", "design", "acceptance_criteria", "notes", "spec_id", "status", "priority",
    "issue_type", "assignee", "owner", "estimated_minutes", "created_at", "created_by", "updated_at", "started_at",
    "closed_at", "close_reason", "closed_by_session", "due_at", "defer_until", "external_ref", "source_system",
    "metadata", "compaction_level", "compacted_at", "compacted_at_commit", "original_size", "labels", "dependencies",
    "comments", "deleted_at", "deleted_by", "delete_reason", "original_type", "sender", "ephemeral", "wisp", "pinned",
)  # fmt: skip
"""The order in which the beads tool writes its keys; a key that is new in a line goes to its place in it."""
RANK = {key: rank for rank, key in enumerate(ORDER)}


def in_order(parts: dict[str, str], came: list[str]) -> dict[str, str]:
    """`parts` in the order of the keys in `came`, every other one at its place among those."""
    order = [key for key in came if key in parts]
    for key in sorted(parts.keys() - set(came), key=lambda key: (RANK.get(key, len(RANK)), key)):
        rank = RANK.get(key, len(RANK))
        later = (at for at, other in enumerate(order) if RANK.get(other, -1) > rank)
        order.insert(next(later, len(order)), key)
    return {key: parts[key] for key in order}


def other_key(value: dict[str, Any], text: str) -> str:
    """The key of a line that is no bead, empty for a bead."""
    if SCHEMA in value:
        return SCHEMA
    kind = value.get("_type", "issue")
    if kind == "issue":
        return ""
    name = value.get("key")
    if not isinstance(name, str):
        name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{dump(kind)}:{name}"
