"""The catalogue of events: every type there is. What is not in it is never written."""

from collections.abc import Mapping
from types import MappingProxyType

from loom_app.events import types_installation, types_projects, types_runs, types_work
from loom_app.events.event_type import EventType
from loom_app.kernel.errors import Invalid

TABLES = {
    "Beads and what belongs to them": types_work.TYPES,
    "Agents, their runs, and what people are asked": types_runs.TYPES,
    "Projects and their repositories": types_projects.TYPES,
    "Accounts, providers, budgets and Loom itself": types_installation.TYPES,
}
CATALOGUE: Mapping[str, EventType] = MappingProxyType(
    {one.name: one for one in sorted(sum(TABLES.values(), ()), key=lambda one: one.name)}
)
FEED = frozenset(one.name for one in CATALOGUE.values() if one.feed)
"""The types that the activity feed shows."""
ELSEWHERE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "agent.heartbeat": (),
        "agent.reset": ("agent.status_change",),
        "comment.created": ("bead.comment_created", "project.comment_created"),
        "comment.deleted": ("bead.comment_deleted",),
        "comment.updated": ("bead.comment_updated",),
        "config.updated": (),
        "deadline.approaching": ("motivation.fired",),
        "deadline.passed": ("milestone.missed", "motivation.fired"),
        "log.message": (),
        "mention.created": ("bead.comment_created",),
        "openclaw.message_failed": ("webhook.switched_off",),
        "openclaw.message_received": ("external.github_comment",),
        "openclaw.message_sent": (),
        "openclaw.reply_processed": (),
        "system.idle": ("motivation.fired",),
        "workflow.completed": ("run.ended",),
        "workflow.failed": ("run.ended",),
        "workflow.started": ("run.started",),
    }
)
"""Types of the first Loom that are told by others here, and by which; by none where there is nothing to tell."""


def named(given: str | None) -> frozenset[str] | None:
    """The types in a list with commas, None for all; a name of the first Loom stands for those that tell it here.

    Raises Invalid for a type that there is not.
    """
    wanted = {part.strip() for part in (given or "").split(",")} - {""}
    unknown = sorted(name for name in wanted if name not in CATALOGUE and name not in ELSEWHERE)
    if unknown:
        raise Invalid(
            f"There is no type of event {unknown[0][:100]!r}. GET /api/v1/events/types lists them all.",
            code="unknown_event_type",
        )
    return frozenset(ours for name in wanted for ours in ELSEWHERE.get(name, (name,))) if wanted else None
