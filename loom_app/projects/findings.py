"""What looks like a secret in a project's files and is none: allowed by people, each finding by its fingerprint."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.errors import NotFound
from loom_app.projects.models import AllowedFinding

ALLOWED = table(AllowedFinding)


async def allowed(tx: AsyncSession, project_id: str) -> Sequence[AllowedFinding]:
    """The findings that may be committed, by fingerprint."""
    query = select(AllowedFinding).where(col(AllowedFinding.project_id) == project_id)
    return (await tx.execute(query.order_by(col(AllowedFinding.fingerprint)))).scalars().all()


async def fingerprints(tx: AsyncSession, project_id: str) -> frozenset[str]:
    """Those of the findings that may be committed."""
    return frozenset((await tx.execute(_fingerprints(), {"project": project_id})).scalars())


@cache
def _fingerprints() -> Select[Any]:
    return select(ALLOWED.c.fingerprint).where(ALLOWED.c.project_id == bindparam("project"))


async def allow(
    tx: AsyncSession, project_id: str, fingerprint: str, reason: str | None, *, actor: Actor
) -> AllowedFinding:
    """Lets a finding be committed from now on; a reason that is given takes the place of the one before."""
    row = await tx.get(AllowedFinding, (project_id, fingerprint))
    if row is not None and reason in (None, row.reason):
        return row
    row = row or AllowedFinding(project_id=project_id, fingerprint=fingerprint, allowed_by=actor.name)
    row.reason, row.allowed_by, row.allowed_at = reason or "", actor.name, now()
    tx.add(row)
    data = {"fingerprint": fingerprint, "reason": row.reason}
    append(tx, "project.finding_allowed", actor=actor, project_id=project_id, subject_id=project_id, data=data)
    return row


async def disallow(tx: AsyncSession, project_id: str, fingerprint: str, *, actor: Actor) -> None:
    """Has a finding stop commits again. Raises NotFound for one that is not allowed."""
    row = await tx.get(AllowedFinding, (project_id, fingerprint))
    if row is None:
        raise NotFound(f"The project {project_id} allows no finding {fingerprint!r}.", code="finding_not_allowed")
    await tx.delete(row)
    data = {"fingerprint": fingerprint}
    append(tx, "project.finding_disallowed", actor=actor, project_id=project_id, subject_id=project_id, data=data)
