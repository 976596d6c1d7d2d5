"""The rules of motivations: made, changed, switched on and off, and what they have done."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.motivations import by_hand, calendar, parameters, registering, repository
from loom_app.motivations.by_hand import evaluate_one
from loom_app.motivations.models import TYPE_OF, Condition, Motivation, MotivationStatus, MotivationTrigger
from loom_app.motivations.schemas import MotivationChange, MotivationDraft
from loom_app.motivations.templates import TEMPLATES
from loom_app.projects import service as projects

__all__ = [
    "check_may_change", "cools", "create", "defaults", "delete", "disable", "enable", "evaluate_one", "get", "history",
    "may_change", "next_at", "page", "roles", "status_of", "trigger", "update",
]  # fmt: skip
MOST = 2_000
"""How many motivations there can be."""


async def get(tx: AsyncSession, motivation_id: str, *, actor: Actor = SYSTEM) -> Motivation:
    """The motivation, if `actor` may know of it: those of every project are known to all. Raises NotFound."""
    found = await repository.get(tx, motivation_id)
    if found is None or (found.project_id is not None and not actor.sees(found.project_id)):
        raise NotFound(
            f"There is no motivation {motivation_id[:100]!r}. GET /api/v1/motivations lists them.",
            code="motivation_not_found",
        )
    return found


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[Sequence[Motivation], int]:
    """The motivations `actor` may know of, by role, and how many match.

    `asked` may name type, condition, agent_role, enabled, built_in, and project_id: those that hold in that project.
    """
    return await repository.page(tx, actor, asked, limit=limit, offset=offset)


async def roles(tx: AsyncSession, actor: Actor) -> Sequence[Any]:
    """Rows of role, total and enabled: how many motivations `actor` may know of each role has."""
    return await repository.roles(tx, actor)


async def create(tx: AsyncSession, draft: MotivationDraft, *, actor: Actor) -> Motivation:
    """A new motivation. Raises Invalid for parameters that are not right, NotFound, Forbidden and Conflict."""
    given = draft.model_dump(exclude={"type"})
    given["parameters"] = _parameters(draft.condition, draft.parameters)
    made = Motivation(
        **given, id=new_id("mot"), type=TYPE_OF[draft.condition], created_by=actor.id,
    )  # fmt: skip
    await _check_where(tx, made, actor)
    _check_effect(made)
    if await repository.count(tx) >= MOST:
        raise Conflict(f"There are {MOST:,} motivations, and no more are taken.", code="too_many")
    tx.add(made)
    await tx.flush()
    _tell(tx, "motivation.created", made, actor)
    return made


async def update(tx: AsyncSession, motivation_id: str, change: MotivationChange, *, actor: Actor) -> Motivation:
    """The motivation with `change` applied. Raises NotFound, Forbidden, and Invalid for what is not right."""
    found = await get(tx, motivation_id, actor=actor)
    check_may_change(found, actor)
    given = {name: value for name, value in change.model_dump(exclude_unset=True).items() if value is not None}
    if "parameters" in given:
        given["parameters"] = _parameters(Condition(found.condition), given["parameters"])
    fields = {name: value for name, value in given.items() if getattr(found, name) != value}
    if not fields:
        return found
    for name, value in fields.items():
        setattr(found, name, value)
    if fields.keys() & {"agent_id", "agent_role"}:
        await _check_where(tx, found, actor)
    _check_effect(found)
    if fields.get("enabled"):
        found.active_since = now()
    if found.is_built_in:
        found.changed = sorted({*found.changed, *fields})
    found.updated_at = now()
    _tell(tx, _change_of(fields), found, actor, fields=sorted(fields))
    return found


async def enable(tx: AsyncSession, motivation_id: str, *, actor: Actor) -> Motivation:
    """Has the motivation fire from now on; what it missed is not made up for. Raises NotFound and Forbidden."""
    return await update(tx, motivation_id, MotivationChange(enabled=True), actor=actor)


async def disable(tx: AsyncSession, motivation_id: str, *, actor: Actor) -> Motivation:
    """Has the motivation fire no more, but by hand. Raises NotFound and Forbidden."""
    return await update(tx, motivation_id, MotivationChange(enabled=False), actor=actor)


async def delete(tx: AsyncSession, motivation_id: str, *, actor: Actor) -> None:
    """Removes a motivation and its history. Raises NotFound, and Forbidden for one that comes with Loom."""
    found = await get(tx, motivation_id, actor=actor)
    check_may_change(found, actor)
    if found.is_built_in:
        raise Forbidden(
            f"{found.name!r} comes with Loom and cannot be deleted. Disable it instead.", code="motivation_built_in"
        )
    await tx.delete(found)
    _tell(tx, "motivation.deleted", found, actor)


async def defaults(tx: AsyncSession, *, actor: Actor) -> int:
    """Registers the motivations that come with Loom again: how many were made or changed. What people set stays."""
    return await registering.register(tx, actor=actor)


async def history(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, Any], *, limit: int, offset: int
) -> tuple[Sequence[MotivationTrigger], int]:
    """The firings in projects `actor` sees, the newest first, and how many match.

    `asked` may name motivation_id, project_id, result, bead_created and agent_woken.
    """
    return await repository.history(tx, actor, asked, limit=limit, offset=offset)


async def trigger(
    tx: AsyncSession, motivation_id: str, *, actor: Actor, project_id: str = "", force: bool = False
) -> MotivationTrigger:
    """Fires it now, on or off, whether or not its condition holds; in the project named, its own, or the usual one.

    Raises NotFound, Invalid for a project it is not for, and Conflict while it cools down unless `force` is set.
    """
    found = await get(tx, motivation_id, actor=actor)
    return await by_hand.trigger(tx, found, actor=actor, project_id=project_id, force=force)


def may_change(motivation: Motivation, actor: Actor) -> bool:
    """Whether `actor` may change it: one of every project is for those who see every project."""
    return actor.projects is None or (motivation.project_id is not None and actor.sees(motivation.project_id))


def check_may_change(motivation: Motivation, actor: Actor) -> None:
    """Raises Forbidden unless `may_change`."""
    if not may_change(motivation, actor):
        raise Forbidden(
            f"{motivation.name!r} holds in every project, so only those who see every project change it. "
            "Make one of your own for your project.",
            code="motivation_not_yours",
        )


def status_of(motivation: Motivation, moment: datetime) -> MotivationStatus:
    """Where it stands at `moment`."""
    if not motivation.enabled:
        return MotivationStatus.DISABLED
    if (
        motivation.condition == Condition.TIME_REACHED
        and motivation.trigger_count
        and next_at(motivation, moment) is None
    ):
        return MotivationStatus.FIRED
    return (
        MotivationStatus.COOLDOWN
        if cools(motivation.last_triggered_at, motivation, moment)
        else MotivationStatus.ACTIVE
    )


def cools(last: datetime | None, motivation: Motivation, moment: datetime) -> bool:
    """Whether its cooldown runs after a firing at `last`; one that a clock put back has yet to reach does not count."""
    return last is not None and last <= moment < last + timedelta(minutes=motivation.cooldown_minutes)


def next_at(motivation: Motivation, moment: datetime) -> datetime | None:
    """When the calendar has it fire next; None when it is disabled or waits for something else."""
    if not motivation.enabled:
        return None
    condition = Condition(motivation.condition)
    return calendar.upcoming(condition, parameters.read(condition, motivation.parameters), moment)


def _parameters(condition: Condition, given: dict[str, Any]) -> dict[str, Any]:
    read = parameters.read(condition, given)
    moment = parameters.moment_of(read)
    if moment is not None and moment <= now():
        raise Invalid("The moment in `at` has gone by. Name one that is to come.", code="bad_parameters")
    return parameters.written(read)


async def _check_where(tx: AsyncSession, motivation: Motivation, actor: Actor) -> None:
    """Raises NotFound, Forbidden and Invalid unless it is for somebody, somewhere `actor` may decide."""
    if motivation.project_id is not None:
        await projects.get_open(tx, motivation.project_id, actor=actor)
    check_may_change(motivation, actor)
    if motivation.agent_id:
        agent = await agents.get(tx, motivation.agent_id, actor=actor)
        if motivation.project_id not in (None, agent.project_id):
            raise Invalid(
                f"{agent.name} works for {agent.project_id}, not for {motivation.project_id}.", code="agent_elsewhere"
            )
        motivation.project_id, motivation.agent_role = agent.project_id, agent.role
    elif not motivation.agent_role:
        raise Invalid("Say whom it is for: agent_role, such as qa-engineer, or agent_id.", code="no_target")


def _check_effect(motivation: Motivation) -> None:
    """Raises Invalid for one that would do nothing, or would file what there is no template of."""
    if not (motivation.create_bead or motivation.wake_agent):
        raise Invalid("It would do nothing. Set create_bead or wake_agent, or disable it.", code="no_effect")
    if motivation.bead_template and motivation.bead_template not in TEMPLATES:
        raise Invalid(
            f"There is no template {motivation.bead_template[:60]!r}. Leave it empty for a bead named like the "
            f"motivation, or take one of {', '.join(sorted(TEMPLATES))}.",
            code="unknown_template",
        )


def _change_of(fields: dict[str, Any]) -> str:
    if fields.keys() == {"enabled"}:
        return "motivation.enabled" if fields["enabled"] else "motivation.disabled"
    return "motivation.updated"


def _tell(tx: AsyncSession, type_: str, motivation: Motivation, actor: Actor, /, **more: object) -> None:
    data = {"name": motivation.name, "condition": motivation.condition, "built_in": motivation.is_built_in, **more}
    append(tx, type_, actor=actor, project_id=motivation.project_id, subject_id=motivation.id, data=data)
