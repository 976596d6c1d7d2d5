"""Which commands of agents run in a project without asking, and which never do."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.ids import new_id
from loom_app.projects.models import CommandRule

MOST = 200


async def rules(tx: AsyncSession, project_id: str) -> Sequence[CommandRule]:
    """The project's own rules, by pattern."""
    query = select(CommandRule).where(col(CommandRule.project_id) == project_id)
    return (await tx.execute(query.order_by(col(CommandRule.pattern), col(CommandRule.id)))).scalars().all()


async def add(
    tx: AsyncSession,
    project_id: str,
    pattern: str,
    *,
    allowed: bool,
    roles: Sequence[str] = (),
    reason: str = "",
    actor: Actor,
) -> CommandRule:
    """Lets such commands run, or refuses them, from now on; a rule that says so already takes the new reason.

    Raises Conflict when the project has as many rules as it may.
    """
    known = await rules(tx, project_id)
    wanted = (pattern.strip(), allowed, sorted(set(roles)))
    same = next((rule for rule in known if (rule.pattern, rule.allowed, sorted(rule.roles)) == wanted), None)
    if same is not None and reason == same.reason:
        return same
    if same is None and len(known) >= MOST:
        raise Conflict(
            f"The project has {MOST} rules for commands, as many as it may. Remove some that are not needed.",
            code="too_many_rules",
        )
    rule = same or CommandRule(
        id=new_id("rule"), project_id=project_id, pattern=wanted[0], allowed=allowed, roles=wanted[2], set_by=actor.name
    )
    rule.reason, rule.set_by, rule.set_at = reason, actor.name, now()
    tx.add(rule)
    append(
        tx, "project.command_rule_added", actor=actor, project_id=project_id, subject_id=project_id, data=_told(rule)
    )
    return rule


async def remove(tx: AsyncSession, project_id: str, rule_id: str, *, actor: Actor) -> None:
    """Ends a rule. Raises NotFound for one the project does not have."""
    rule = await tx.get(CommandRule, rule_id)
    if rule is None or rule.project_id != project_id:
        raise NotFound(f"The project {project_id} has no rule {rule_id[:100]!r}.", code="rule_not_found")
    await tx.delete(rule)
    append(
        tx, "project.command_rule_removed", actor=actor, project_id=project_id, subject_id=project_id, data=_told(rule)
    )


def _told(rule: CommandRule) -> dict[str, object]:
    return {"pattern": rule.pattern[:200], "allowed": rule.allowed, "roles": rule.roles, "reason": rule.reason[:200]}
