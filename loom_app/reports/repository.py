"""Queries of reported errors."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.database import one_at_a_time
from loom_app.reports.models import ReportedError

FILING = 0xE44E


async def known(tx: AsyncSession, project_id: str, fingerprint: str) -> ReportedError | None:
    """The error, if it was reported before. Others who report wait until `tx` ends, so that none is filed twice."""
    await one_at_a_time(tx, FILING)
    return await tx.get(ReportedError, (project_id, fingerprint), populate_existing=True)


async def remember(tx: AsyncSession, project_id: str, fingerprint: str, bead_id: str) -> None:
    """Has further occurrences go to this bead."""
    await tx.merge(ReportedError(project_id=project_id, fingerprint=fingerprint, bead_id=bead_id))
