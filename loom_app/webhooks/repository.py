"""Queries of deliveries, secrets, and of what issues are here."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, Bead, Comment
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.database import inserting, one_at_a_time
from loom_app.kernel.due import has_come
from loom_app.kernel.scope import within
from loom_app.projects.models import Project, ProjectStatus
from loom_app.webhooks.models import Delivery, DeliveryStatus, GitHubThing, HookRules, WebhookSecret

HEARING = 0x617B
CLAIMED_SECONDS = 60.0
LIVE_SECRETS: Select[*tuple[Any, ...]] = select(
    col(WebhookSecret.id), col(WebhookSecret.project_id), col(WebhookSecret.secret_sealed), col(WebhookSecret.used_at)
)
"""Every secret there is; asked with `Database.glance`."""


async def keep_new(tx: AsyncSession, rows: Sequence[Delivery]) -> set[str]:
    """Keeps those deliveries whose id is not known yet; the ids of these."""
    known = (
        inserting(tx, Delivery)
        .values([row.model_dump() for row in rows])
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(col(Delivery.id))
    )
    return set((await tx.execute(known)).scalars())


async def note_used(tx: AsyncSession, secret_ids: Sequence[str]) -> None:
    """Notes that GitHub signs with these secrets."""
    fresh = (col(WebhookSecret.id).in_(secret_ids), col(WebhookSecret.used_at).is_(None))
    await tx.execute(update(WebhookSecret).where(*fresh).values(used_at=now()))


async def any_due(tx: AsyncSession) -> bool:
    """Whether a delivery is to be worked on."""
    return (await tx.execute(select(col(Delivery.id)).where(*_due()).limit(1))).first() is not None


async def claim(tx: AsyncSession, most: int) -> list[str]:
    """Takes the oldest due deliveries for oneself for a minute and counts the attempt; their ids, the oldest first.

    One that was begun before and never ended is taken alone, so that no other pays for what it may do to a worker.
    """
    order = (col(Delivery.received_at), col(Delivery.id))
    query = select(col(Delivery.id), col(Delivery.attempts)).where(*_due()).order_by(*order).limit(most)
    rows = (await tx.execute(query.with_for_update(skip_locked=True))).all()
    fresh = list(takewhile(lambda row: not row.attempts, rows))
    ids = [row.id for row in fresh or rows[:1]]
    if ids:
        taken = {"due_at": ahead(CLAIMED_SECONDS), "attempts": col(Delivery.attempts) + 1}
        await tx.execute(update(Delivery).where(col(Delivery.id).in_(ids)).values(taken))
    return ids


async def get(tx: AsyncSession, delivery_id: str, *, to_change: bool = False) -> Delivery | None:
    """The delivery with its payload."""
    return await tx.get(Delivery, delivery_id, with_for_update=to_change, populate_existing=to_change)


async def page(
    tx: AsyncSession, actor: Actor, *, limit: int, offset: int, project_id: str | None, status: str | None,
    event: str | None,
) -> tuple[Sequence[Delivery], int]:  # fmt: skip
    """The deliveries `actor` sees without their payloads, the newest first, and how many match."""
    wanted = [within(actor, col(Delivery.project_id))]
    for name, value in {"project_id": project_id, "status": status, "event": event}.items():
        if value is not None:
            wanted.append(getattr(Delivery, name) == value)
    total = (await tx.execute(select(func.count()).select_from(Delivery).where(*wanted))).scalar_one()
    newest = (col(Delivery.received_at).desc(), col(Delivery.id).desc())
    query = select(Delivery).options(defer(Delivery.body, raiseload=True)).where(*wanted)  # type: ignore[arg-type]
    return (await tx.execute(query.order_by(*newest).limit(limit).offset(offset))).scalars().all(), total


async def counts(tx: AsyncSession, actor: Actor) -> dict[str, int]:
    """How many deliveries `actor` sees, by status."""
    query = select(col(Delivery.status), func.count()).where(within(actor, col(Delivery.project_id)))
    rows = (await tx.execute(query.group_by(col(Delivery.status)))).all()
    return {str(row[0]): int(row[1]) for row in rows}


async def last_received(tx: AsyncSession, actor: Actor) -> datetime | None:
    """When the newest delivery came that `actor` sees."""
    query = select(func.max(col(Delivery.received_at))).where(within(actor, col(Delivery.project_id)))
    found: datetime | None = (await tx.execute(query)).scalar_one()
    return found


async def forget(tx: AsyncSession, before: datetime, most: int) -> int:
    """Removes deliveries that came before then, at most so many; how many it were."""
    old = select(col(Delivery.id)).where(col(Delivery.received_at) < before).limit(most)
    return len((await tx.execute(delete(Delivery).where(col(Delivery.id).in_(old)).returning(col(Delivery.id)))).all())


async def secrets(tx: AsyncSession, project_id: str | None) -> Sequence[WebhookSecret]:
    """The secrets of a project, or those for all, the newest first."""
    of = col(WebhookSecret.project_id) == project_id if project_id else col(WebhookSecret.project_id).is_(None)
    query = select(WebhookSecret).where(of).order_by(col(WebhookSecret.created_at).desc(), col(WebhookSecret.id).desc())
    return (await tx.execute(query)).scalars().all()


async def secret_count(tx: AsyncSession) -> int:
    """How many secrets there are in all."""
    return (await tx.execute(select(func.count()).select_from(WebhookSecret))).scalar_one()


async def rules(tx: AsyncSession, project_id: str) -> HookRules:
    """What the project makes of issues."""
    return await tx.get(HookRules, project_id) or HookRules(project_id=project_id)


async def projects_at(tx: AsyncSession, name: str) -> Sequence[Project]:
    """The open projects whose repository's address holds owner/name, those made first before others."""
    holds = func.lower(col(Project.git_repo)).contains(name, autoescape=True)
    query = select(Project).where(holds, col(Project.status) != ProjectStatus.CLOSED)
    return (await tx.execute(query.order_by(col(Project.created_at), col(Project.id)))).scalars().all()


async def thing(tx: AsyncSession, project_id: str, ref: str) -> GitHubThing | None:
    """What is known of an issue or comment. Others who hear of any wait until `tx` ends, so that none is made twice."""
    await one_at_a_time(tx, HEARING)
    return await tx.get(GitHubThing, (project_id, ref), populate_existing=True)


async def keep(tx: AsyncSession, row: GitHubThing) -> None:
    """Remembers how an issue or comment stands."""
    await tx.merge(row)


async def bead_with_ref(tx: AsyncSession, project_id: str, refs: Sequence[str]) -> str | None:
    """The oldest bead of the project that names one of `refs` as its external reference."""
    named: ColumnElement[bool] = or_(*[col(Bead.external_ref) == ref for ref in refs if ref])
    query = select(col(Bead.id)).where(named, col(Bead.project_id) == project_id, col(Bead.source_status) != TOMBSTONE)
    return (await tx.execute(query.order_by(col(Bead.created_at), col(Bead.id)).limit(1))).scalar()


async def comment(tx: AsyncSession, comment_id: str) -> Comment | None:
    """The comment here."""
    return await tx.get(Comment, comment_id)


def _due() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Delivery.status) == DeliveryStatus.WAITING, has_come(col(Delivery.due_at), now(), CLAIMED_SECONDS)
