"""What tests said when an agent ran them, kept beside the action, for whoever looks at how a project fares."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.actions.results import ActionResult
from loom_app.runs.models import SuiteRun
from loom_app.runs.workplace import Job

KEPT = 500
"""How many results of a project are kept."""


async def note(tx: AsyncSession, job: Job, result: ActionResult) -> None:
    """Keeps what `run_tests` came to; one that was broken off or found no tests is none."""
    told = result.metadata
    if result.action_type != "run_tests" or result.status != "executed" or told.get("ended") != "exited":
        return
    passed, failed = told.get("passed"), told.get("failed")
    if passed == failed == 0:
        return
    tx.add(
        SuiteRun(
            project_id=job.project.id, run_id=job.run.id, bead_id=job.bead.id, success=bool(told["success"]),
            passed=passed, failed=failed, coverage=told.get("coverage"),
        )
    )  # fmt: skip
    await tx.flush()
    newest = (
        select(col(SuiteRun.seq)).where(col(SuiteRun.project_id) == job.project.id).order_by(col(SuiteRun.seq).desc())
    )
    last = (await tx.execute(newest.offset(KEPT).limit(1))).scalar()
    if last is not None:
        await tx.execute(delete(SuiteRun).where(col(SuiteRun.project_id) == job.project.id, col(SuiteRun.seq) <= last))
