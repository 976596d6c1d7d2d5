"""Whom an event concerns: the people, with what they want to be told, in a few queries for a whole batch."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth.memberships import MemberRole
from loom_app.auth.models import ProjectMember, User
from loom_app.auth.permissions import Role
from loom_app.events.event_type import Priority
from loom_app.events.record import EventRecord
from loom_app.events.visibility import PRIVATE_TO
from loom_app.kernel.columns import table
from loom_app.notifications.models import Preferences
from loom_app.notifications.rules import BY_EVENT, Rule, Whom

USERS, MEMBERS, WISHES = table(User), table(ProjectMember), table(Preferences)

NAMED = {
    Whom.ASSIGNED: ("to", "assigned_to"), Whom.ADDED: ("user_id",), Whom.REQUESTER: ("requester_id",),
    Whom.ANSWERING: ("assigned_to",), Whom.PRIVATE: (PRIVATE_TO,),
}  # fmt: skip
"""Where an event's data name the one person."""
OWNERS, ALL = frozenset({MemberRole.OWNER}), frozenset(MemberRole)
GROUPS = {Whom.ANSWERING: ALL, Whom.MEMBERS: ALL, Whom.OWNERS: OWNERS, Whom.PRIVATE: OWNERS}
"""Which members are meant where no one person is named; administrators where there is nobody else."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be told something, and what they want to be told."""

    id: str
    name: str
    is_admin: bool
    in_app: bool = True
    events: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    min_rank: int = 0

    def wants(self, event: EventRecord, rank: int) -> bool:
        """Whether their preferences let it through."""
        of_project = not self.projects or event.project_id is None or event.project_id in self.projects
        return self.in_app and rank >= self.min_rank and of_project and (not self.events or event.type in self.events)


@dataclass
class Crowd:
    """Everybody whom a batch may concern."""

    people: dict[str, Person] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    """Their roles, by project and user."""

    def of(self, rule: Rule, event: EventRecord) -> list[Person]:
        """Whom `rule` tells of `event`: those who may see it, wish to, and have not done it themselves."""
        rank = rule.urgency(event).rank
        found = {id_: self.people[id_] for id_ in self._named(rule.whom, event) if id_ in self.people}
        return [
            one for one in found.values()
            if one.id != event.actor_id and self._sees(one, event) and one.wants(event, rank)
        ]  # fmt: skip

    def _named(self, whom: Whom, event: EventRecord) -> Iterable[str]:
        """The ids of those meant; of nobody where the event names none and there is no group to fall back on."""
        if whom is Whom.MENTIONED:
            names = {str(name).lower() for name in event.data.get("mentions") or ()}
            return [one.id for one in self.people.values() if one.name.lower() in names or one.id.lower() in names]
        given = next((str(event.data[key]) for key in NAMED.get(whom, ()) if event.data.get(key)), "")
        if given or whom not in GROUPS:
            return [given]
        members = self.members.get(event.project_id or "", {})
        meant = [id_ for id_, role in members.items() if role in GROUPS[whom] and id_ != event.actor_id]
        return meant or [one.id for one in self.people.values() if one.is_admin]

    def _sees(self, person: Person, event: EventRecord) -> bool:
        return event.project_id is None or person.is_admin or person.id in self.members.get(event.project_id, {})


async def crowd(tx: AsyncSession, batch: Iterable[EventRecord]) -> Crowd:
    """Everybody whom `batch` may concern."""
    told = [(event, rule) for event in batch for rule in BY_EVENT.get(event.type, ())]
    projects = {event.project_id for event, _ in told if event.project_id is not None}
    members = await _members(tx, projects)
    ids = {id_ for roles in members.values() for id_ in roles}
    names: set[str] = set()
    for event, rule in told:
        ids |= {str(event.data.get(key)) for key in NAMED.get(rule.whom, ())}
        names |= {str(name) for name in event.data.get("mentions") or ()} if rule.whom is Whom.MENTIONED else set()
    return Crowd(await _people(tx, ids, names), members)


async def _members(tx: AsyncSession, projects: Collection[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if projects:
        query = select(MEMBERS.c.project_id, MEMBERS.c.user_id, MEMBERS.c.role)
        for row in await tx.execute(query.where(MEMBERS.c.project_id.in_(sorted(projects)))):
            found.setdefault(row[0], {})[row[1]] = row[2]
    return found


async def _people(tx: AsyncSession, ids: Collection[str], names: Collection[str]) -> dict[str, Person]:
    """The active ones of these, and all administrators."""
    named = {name.lower() for name in names}
    wanted = [
        USERS.c.role == Role.ADMIN,
        func.lower(USERS.c.username).in_(sorted(named)),
        USERS.c.id.in_(sorted(named)),
    ]
    if ids:
        wanted.append(USERS.c.id.in_(sorted(ids)))
    query = select(USERS.c.id, USERS.c.username, USERS.c.role, WISHES).outerjoin(WISHES, WISHES.c.user_id == USERS.c.id)
    rows = await tx.execute(query.where(or_(*wanted), USERS.c.is_active))
    return {row.id: _person(row) for row in rows}


def _person(row: Any) -> Person:
    admin = row.role == Role.ADMIN
    if row.min_priority is None:
        return Person(row.id, row.username, admin)
    return Person(
        row.id, row.username, admin, row.enable_in_app, frozenset(row.subscribed_events),
        frozenset(row.project_filters), Priority(row.min_priority).rank,
    )  # fmt: skip
