"""A bead in words, for people at a terminal."""

from typing import Any

HEAD = (
    ("Status", "status"), ("Priority", "priority"), ("Type", "issue_type"), ("Assignee", "assignee"),
    ("Labels", "labels"), ("Parent", "parent"), ("Created", "created_at"), ("Updated", "updated_at"),
    ("Due", "due_at"), ("Deferred until", "defer_until"), ("Estimate", "estimated_minutes"),
    ("External", "external_ref"), ("Closed", "closed_at"), ("Reason", "close_reason"),
)  # fmt: skip
TEXTS = (
    ("Description", "description"), ("Design", "design"), ("Acceptance criteria", "acceptance_criteria"),
    ("Notes", "notes"),
)  # fmt: skip


def whole(issue: dict[str, Any]) -> str:
    """Everything there is to read about a bead."""
    parts = [f"{issue['id']}: {issue['title']}"]
    parts += [f"{name}: {_plain(issue[key])}" for name, key in HEAD if issue.get(key) not in (None, "")]
    parts += [f"\n{name}:\n{issue[key]}" for name, key in TEXTS if issue.get(key)]
    for name, key in (("Depends on", "dependencies"), ("Waiting for it", "dependents")):
        rows = [
            f"  {other['id']}: {other['title']} ({other['dependency_type']}, {other['status']})"
            for other in issue.get(key, [])
            if "dependency_type" in other
        ]
        parts += [f"\n{name}:", *rows] if rows else []
    said = [f"  {one['author']} ({one['created_at']}): {one['text']}" for one in issue.get("comments", [])]
    return "\n".join([*parts, *(["\nComments:", *said] if said else [])])


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
