"""What stands in a letter. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from loom_app.deliveries.models import LetterRow
from loom_app.mail.letters import Item, Letter, Part
from loom_app.notifications.service import reason

PREFERENCES = "/account/notifications"


def items(rows: Sequence[Any], projects: Mapping[str, str]) -> list[dict[str, Any]]:
    """The notifications `rows` as a letter keeps them; `projects` are the names of projects."""
    return [
        {
            "id": row.id, "title": row.title, "message": row.message, "why": reason(row, dict(projects)),
            "link": row.link, "priority": row.priority, "needs_you": bool(row.needs_action),
            "project_id": row.project_id, "event_type": row.event_type,
        }
        for row in rows
    ]  # fmt: skip


def subject(kept: Sequence[Mapping[str, Any]]) -> str:
    """What the letter is called: the one thing in it, or how many there are."""
    if len(kept) == 1:
        return str(kept[0]["title"])
    needing = sum(bool(one["needs_you"]) for one in kept)
    if not needing:
        return f"{len(kept)} things happened in Loom"
    rest = len(kept) - needing
    needs = "1 thing needs you" if needing == 1 else f"{needing} things need you"
    return f"{needs}, {rest} more happened" if rest else f"{needs} in Loom"


def letter(row: LetterRow, kept: Sequence[Mapping[str, Any]], to: str, base_url: str) -> Letter:
    """The letter of `row` with what of it its reader may still see."""
    parts = []
    for heading, needs in (("Needs you", True), ("What happened", False)):
        found = [one for one in kept if bool(one["needs_you"]) is needs]
        if found:
            shown = [
                Item(one["title"], (one["message"], one["why"]), base_url + (one["link"] or "/inbox")) for one in found
            ]
            parts.append(Part(heading, shown))
    return Letter(row.id, to, row.subject, parts, row.made_at, base_url + PREFERENCES)
