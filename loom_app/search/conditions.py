"""Fields as conditions on beads: each value becomes one, or says what it may be instead."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import BeadStatus, Comment
from loom_app.beads.ready import has_tag, ready_at
from loom_app.beads.tables import BEADS, LEASES, LINKS
from loom_app.runs.models import Run
from loom_app.search import known
from loom_app.search.fields import CHOICES, FIELDS, priorities, span
from loom_app.search.known import Scope

DATES = {"created": "created_at", "updated": "updated_at", "closed": "closed_at", "due": "due_date"}
ME = ("me", "@me")
NOBODY = ("none", "nobody", "unassigned")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that is none; `options` are those it may have been meant as."""

    options: tuple[str, ...] = ()


Outcome = ColumnElement[bool] | Unknown
Make = Callable[[AsyncSession, Scope, str], Awaitable[Outcome]]


async def of_value(tx: AsyncSession, scope: Scope, field: str, value: str) -> Outcome:
    """The condition that `field` is `value`."""
    if field in DATES:
        return _within_span(scope, field, value)
    if field in CHOICES and value.lower() not in CHOICES[field]:
        return Unknown(CHOICES[field])
    return await MAKE[field](tx, scope, value)


def _within_span(scope: Scope, field: str, value: str) -> Outcome:
    wanted, moment = span(value, scope.now), BEADS.c[DATES[field]]
    if wanted is None:
        return Unknown()
    bounds = [moment >= wanted.since] if wanted.since else []
    return and_(moment.is_not(None), *bounds, *([moment < wanted.until] if wanted.until else []))


async def _status(tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    wanted = value.lower().replace("-", "_")
    if wanted in (known.CLOSED, BeadStatus.DONE):
        return BEADS.c.status == BeadStatus.DONE
    if wanted in set(BeadStatus):
        return BEADS.c.status == wanted
    there = await known.values(tx, scope, "source_status")
    meant = next((status for status in (*known.STATUSES, *there) if status.lower() == value.lower()), None)
    return BEADS.c.source_status == meant if meant else Unknown((*known.STATUSES, *there))


async def _priority(_tx: AsyncSession, _scope: Scope, value: str) -> Outcome:
    wanted = priorities(value)
    return BEADS.c.priority.in_(wanted) if wanted else Unknown()


async def _agent(tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    if value.lower() in NOBODY:
        return BEADS.c.assigned_to == ""
    if value.lower() in ME:
        return _held_by({scope.actor.id, scope.actor.name}, scope)
    team = await known.agents(tx, scope)
    meant = [each for each in team if _called(each, value)]
    condition = _held_by({name for each in meant for name in each} | {value}, scope)
    if meant or await known.any_bead(tx, scope, condition):
        return condition
    people = await known.values(tx, scope, "assigned_to")
    return Unknown(tuple(dict.fromkeys([name for each in team for name in (each.name, each.role)] + people)))


def _called(agent: Any, value: str) -> bool:
    """Whether an agent answers to `value`: its id, or the beginning of a word of its name or role."""
    asked = value.lower()
    names = [name.lower() for name in (agent.name, agent.role)]
    words = [word for name in names for word in name.replace("-", " ").split()]
    return asked in (agent.id.lower(), *names) or any(word.startswith(asked) for word in words)


def _held_by(names: set[str], scope: Scope) -> ColumnElement[bool]:
    held = select(LEASES.c.bead_id).where(LEASES.c.holder.in_(sorted(names)), LEASES.c.expires_at > scope.now)
    return or_(BEADS.c.assigned_to.in_(sorted(names)), BEADS.c.id.in_(held))


async def _type(tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    condition = BEADS.c.type == value.lower()
    if value.lower() in known.TYPES or await known.any_bead(tx, scope, condition):
        return condition
    return Unknown(tuple(dict.fromkeys((*known.TYPES, *await known.values(tx, scope, "type")))))


async def _tag(tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    condition = has_tag(scope.dialect, value)
    if await known.any_bead(tx, scope, condition):
        return condition
    return Unknown(tuple(await known.tags(tx, scope)))


async def _project(tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    there = await known.projects(tx, scope)
    meant = [each.id for each in there if value.lower() in (each.id.lower(), each.name.lower())]
    return BEADS.c.project_id.in_(meant) if meant else Unknown(tuple(name for each in there for name in each))


async def _parent(tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    if not await known.any_bead(tx, scope, BEADS.c.id == value):
        return Unknown()
    children = select(LINKS.c.bead_id).where(LINKS.c.depends_on_id == value, LINKS.c.type == PARENT_CHILD)
    return BEADS.c.id.in_(children)


async def _id(_tx: AsyncSession, _scope: Scope, value: str) -> Outcome:
    if value.endswith("*"):
        return BEADS.c.id.startswith(value[:-1], autoescape=True)
    return BEADS.c.id == value


async def _is(_tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    asked = value.lower()
    if asked == "mine":
        return _held_by({scope.actor.id, scope.actor.name}, scope)
    if asked == "ready":
        return ready_at(scope.dialect, scope.now)
    if asked == "blocked":
        return or_(BEADS.c.status == BeadStatus.BLOCKED, BEADS.c.is_blocked.is_(True))
    if asked == "overdue":
        return and_(BEADS.c.status != BeadStatus.DONE, BEADS.c.due_date < scope.now)
    return (BEADS.c.status != BeadStatus.DONE) if asked == "open" else (BEADS.c.status == BeadStatus.DONE)


async def _has(_tx: AsyncSession, scope: Scope, value: str) -> Outcome:
    return {
        "comments": BEADS.c.id.in_(select(col(Comment.bead_id))),
        "runs": BEADS.c.id.in_(select(col(Run.bead_id))),
        "parent": BEADS.c.id.in_(_ends(scope, LINKS.c.bead_id, LINKS.c.depends_on_id)),
        "children": BEADS.c.id.in_(_ends(scope, LINKS.c.depends_on_id, LINKS.c.bead_id)),
        "due": BEADS.c.due_date.is_not(None),
    }[value.lower()]


def _ends(scope: Scope, wanted: Any, other: Any) -> Select[Any]:
    """The ids in one column of the links of parents and children whose other end one may find."""
    there = BEADS.alias()
    joined = LINKS.join(there, there.c.id == other)
    return select(wanted).select_from(joined).where(LINKS.c.type == PARENT_CHILD, scope.sees(there.c.project_id))


MAKE: dict[str, Make] = {
    "status": _status, "priority": _priority, "agent": _agent, "type": _type, "tag": _tag, "project": _project,
    "parent": _parent, "id": _id, "is": _is, "has": _has,
}  # fmt: skip
assert set(MAKE) | set(DATES) | {"in"} == set(FIELDS)
