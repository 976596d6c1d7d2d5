"""Registering the motivations that come with Loom: once, and again when a new version says something else of them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events import service as events
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database, inserting
from loom_app.kernel.ids import new_id
from loom_app.motivations import repository
from loom_app.motivations.defaults import EVERY, Default
from loom_app.motivations.models import TYPE_OF, Condition, Motivation

FOLLOWER = "motivations"
"""Who hears the log for them."""
ABOUT = {
    Condition.SCHEDULED_INTERVAL: "Comes round at regular times, by the clock in UTC.",
    Condition.DEADLINE_APPROACH: "A milestone or the project's own date is near.",
    Condition.DEADLINE_PASSED: "The date of a milestone or of the project has gone by before it was reached.",
    Condition.QUARTER_BOUNDARY: "A quarter begins.",
    Condition.MONTH_BOUNDARY: "A month begins.",
    Condition.BEAD_STATUS_CHANGED: "A bead was moved.",
    Condition.BEAD_COMPLETED: "A bead is done.",
    Condition.DECISION_PENDING: "A question waits for an answer.",
    Condition.RELEASE_PUBLISHED: "A release was published.",
    Condition.GITHUB_ISSUE_OPENED: "Somebody opened an issue on GitHub.",
    Condition.GITHUB_COMMENT_ADDED: "Somebody commented on GitHub.",
    Condition.GITHUB_PR_OPENED: "Somebody opened a pull request on GitHub.",
    Condition.COST_EXCEEDED: "Most of a budget is used.",
    Condition.COVERAGE_DROPPED: "The tests cover less of the code than they should.",
    Condition.TEST_FAILURE: "Tests fail on the project's branch, or at the end of a run.",
    Condition.VELOCITY_DROP: "Fewer beads get done than before.",
    Condition.SYSTEM_IDLE: "Nothing has happened anywhere for a while.",
    Condition.PROJECT_IDLE: "Nothing has happened in the project for a while.",
}
"""What each condition of a default is about, for its description."""


async def ensure_defaults(db: Database) -> None:
    """Registers what is missing or out of date; a start that finds all in order writes nothing."""
    async with db.read() as tx:
        if not await _differing(tx):
            return
    async with db.write() as tx:
        await register(tx, actor=SYSTEM)


async def register(tx: AsyncSession, *, actor: Actor) -> int:
    """Makes the motivations that come with Loom what this version says, but for what people have set of them.

    How many were made or changed. What happens from the first time on is heard.
    """
    differing = await _differing(tx)
    for default, known, fields in differing:
        if known is None:
            made = Motivation(id=new_id("mot"), key=default.key, enabled=default.enabled, **fields)
            await tx.execute(inserting(tx, Motivation).values(**made.model_dump()).on_conflict_do_nothing())
        else:
            for name, value in fields.items():
                setattr(known, name, value)
            known.updated_at = now()
    if differing:
        keys = [default.key for default, _, _ in differing]
        append(tx, "motivation.registered", actor=actor, data={"count": len(keys), "keys": keys})
    if await events.position(tx, FOLLOWER) is None:
        await events.save_position(tx, FOLLOWER, await events.last_seq(tx))
    return len(differing)


async def _differing(tx: AsyncSession) -> list[tuple[Default, Motivation | None, dict[str, Any]]]:
    """Each default that is not as it should be, its row and what of that is to change."""
    there = await repository.built_in(tx)
    found: list[tuple[Default, Motivation | None, dict[str, Any]]] = []
    for default in EVERY:
        known, fields = there.get(default.key), _fields(default)
        if known is not None:
            fields = {
                name: value
                for name, value in fields.items()
                if name not in (*known.changed, "enabled") and getattr(known, name) != value
            }
        if fields:
            found.append((default, known, fields))
    return found


def _fields(default: Default) -> dict[str, Any]:
    """What a new version of Loom may change; whether one is enabled is for people to say once it is there."""
    return {
        "name": default.name,
        "description": default.description or ABOUT[default.condition],
        "type": TYPE_OF[default.condition],
        "condition": default.condition,
        "agent_role": default.role,
        "parameters": default.parameters,
        "cooldown_minutes": default.cooldown,
        "priority": default.priority,
        "create_bead": bool(default.bead),
        "bead_template": default.bead,
        "wake_agent": True,
    }
