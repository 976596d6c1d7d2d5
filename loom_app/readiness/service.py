"""The readiness of projects: judged from what is stored, looked at anew, told when it changes, and a gate."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.checkout import UNPROVED
from loom_app.git.places import place_of
from loom_app.gitaccess import service as access
from loom_app.gitaccess.check import Finding, check
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.readiness.judging import Facts, Readiness, State, judged
from loom_app.readiness.models import ProjectReadiness


async def judge(tx: AsyncSession, project: Project, settings: Settings) -> Readiness:
    """How the project stands, from what is stored; asks no other machine."""
    row = await tx.get(ProjectReadiness, project.id)
    known = row is not None and row.basis == await _basis(tx, project)
    agents = select(func.count()).select_from(Agent).where(col(Agent.project_id) == project.id)
    facts = Facts(
        finding=Finding(**row.finding) if row is not None and known else None,
        checked_at=row.checked_at if row is not None and known else None,
        by_ssh=place_of(project.git_repo).protocol == "ssh",
        method=await access.method(tx, project),
        has_tests=bool(project.test_command),
        agents=(await tx.execute(agents)).scalar_one(),
        problem=project.problem,
        red=project.branch_red,
    )
    return judged(facts, settings.readiness.mode)


async def why_held(tx: AsyncSession, project_id: str, settings: Settings) -> str:
    """Why the project gets no work at present, in a sentence; "" when it does."""
    if settings.readiness.mode != "block":
        return ""
    project = await projects.get(tx, project_id)
    found = await judge(tx, project, settings)
    return f"{project.name} is not ready: {found.reasons[0].message}" if found.state == State.BLOCK else ""


async def looked_at(tx: AsyncSession, project_id: str) -> datetime | None:
    """When the project's repository was last looked at; None before that."""
    row = await tx.get(ProjectReadiness, project_id)
    return row.checked_at if row is not None else None


async def look(db: Database, settings: Settings, project_id: str) -> Readiness:
    """Looks at the project's repository anew, keeps what is found, and tells it once when it has changed.

    Work that could not be delivered before is delivered now.
    """
    async with db.read() as tx:
        before = await projects.get(tx, project_id)
    finding = await check(db, project_id)
    if finding.is_well:
        await _deliver(db, before)
    async with db.write() as tx:
        project = await projects.get(tx, project_id)
        if (project.git_repo, project.branch) == (before.git_repo, before.branch):
            await _keep(tx, project, finding)
        found = await judge(tx, project, settings)
        await _tell(tx, project, found)
        return found


async def _basis(tx: AsyncSession, project: Project) -> str:
    login = await access.login(tx, project.id)
    resting_on = [
        project.git_repo, project.branch, [key.fingerprint for key in await access.keys(tx, project.id)],
        str(login.set_at) if login else "", [host.key for host in await access.hosts(tx, project.id)],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(resting_on).encode()).hexdigest()


async def _keep(tx: AsyncSession, project: Project, finding: Finding) -> None:
    row = await tx.get(ProjectReadiness, project.id)
    basis, told = await _basis(tx, project), asdict(finding)
    if row is None:
        tx.add(ProjectReadiness(project_id=project.id, basis=basis, finding=told))
        await tx.flush()
    else:
        row.basis, row.finding, row.checked_at = basis, told, now()


async def _tell(tx: AsyncSession, project: Project, found: Readiness) -> None:
    """One event for each change of state or reasons, however often they are looked at."""
    row = await tx.get(ProjectReadiness, project.id)
    if row is None or (row.state, row.told) == (found.state, found.codes):
        return
    previous, row.state, row.told = row.state, found.state, found.codes
    messages = [reason.message for reason in found.reasons]
    data = {"state": found.state, "previous": previous, "reasons": found.codes, "messages": messages}
    append(tx, "project.readiness_changed", actor=SYSTEM, project_id=project.id, subject_id=project.id, data=data)


async def _deliver(db: Database, project: Project) -> None:
    """Takes to the origin what it refused or never got; the project's problem is what is left of it."""
    checkout, problem, head = checkout_of(db, project), "", ""
    if (checkout.folder / ".git").exists():
        if not (project.problem or await checkout.owes()):
            return
        async with checkout.locked():
            problem = await checkout.follow()
            if not problem and await checkout.is_ahead():
                problem = await checkout.deliver()
                problem = project.problem if problem == UNPROVED and await checkout.is_refused() else problem
            head = await checkout.head()
    elif not project.problem:
        return
    async with db.write() as tx:
        await projects.note_repository(tx, project.id, head=head, problem=problem)
