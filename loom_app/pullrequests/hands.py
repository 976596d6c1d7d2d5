"""The pull requests of a project as the agents of its runs reach them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.kinds.pullrequests import AddPrComment, SubmitReview
from loom_app.config import Settings
from loom_app.kernel.crypto import SecretUnreadable
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, Unavailable
from loom_app.kernel.keyring import vault_of
from loom_app.pullrequests import repository
from loom_app.pullrequests.access import Source, access_of
from loom_app.pullrequests.client import GitHub
from loom_app.pullrequests.faults import GitHubFault
from loom_app.pullrequests.saying import Voice
from loom_app.pullrequests.showing import seen_of, shown
from loom_app.runs import service as runs
from loom_app.runs.workplace import Job

SHOWING = ("fetch_pr", "review_code")
PATIENCE = "; Loom asks again"
"""Where a sentence begins to tell what holds for Loom's own rounds and not for an agent."""


class PullRequests:
    """Gives runs their pull requests."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings

    async def are_reached(self, tx: AsyncSession, job: Job) -> bool:
        """Whether the project's repository is on GitHub, and Loom has a token for it."""
        try:
            access = await access_of(tx, vault_of(self._db), self._settings, job.project)
        except (Invalid, SecretUnreadable):
            return False
        return access.source != Source.NONE

    def of(self, job: Job) -> "RunPulls":
        """The pull requests as one run reaches them."""
        return RunPulls(self._db, self._settings, job)


class RunPulls:
    """Looks at pull requests, and speaks there, for the agent of one run."""

    def __init__(self, db: Database, settings: Settings, job: Job) -> None:
        self._db, self._settings, self._job = db, settings, job

    async def fetch(self, number: int, *, files: bool, diff: bool) -> dict[str, Any]:
        async with self._hub() as hub:
            return await shown(hub, number, files=files, diff=diff)

    async def comment(self, said: AddPrComment, key: str) -> str:
        async with self._hub() as hub:
            return await self._voice(hub, key).comment(said)

    async def submit_review(self, said: SubmitReview, key: str) -> str:
        looked_at = await self._looked_at(said.pr_number)
        async with self._hub() as hub:
            return await self._voice(hub, key).review(said, self._wrote, looked_at)

    async def request_review(self, number: int, reviewer: str) -> None:
        async with self._hub() as hub:
            await seen_of(hub, number)
            kind = "team_reviewers" if "/" in reviewer else "reviewers"
            await hub.send("POST", f"/pulls/{number}/requested_reviewers", {kind: [reviewer.rpartition("/")[2]]})

    async def _looked_at(self, number: int) -> str:
        """The commit of the pull request that the run was shown last; "" where it was shown none."""
        async with self._db.read() as tx:
            actions = await runs.actions(tx, self._job.run.id)
        facts = [row.result["metadata"] for row in actions if row.type in SHOWING and row.result.get("metadata")]
        commits = [str(fact.get("commit")) for fact in facts if fact.get("pr_number") == number]
        return commits[-1] if commits else ""

    async def _wrote(self, branch: str) -> bool:
        async with self._db.read() as tx:
            return await repository.worked_on(tx, self._job.project.id, branch, self._job.agent.id)

    def _voice(self, hub: GitHub, key: str) -> Voice:
        agent = self._job.agent
        by = f"{agent.name} ({agent.role})" if agent.role else agent.name
        return Voice(hub, key, by, self._job.run.created_at)

    @asynccontextmanager
    async def _hub(self) -> AsyncIterator[GitHub]:
        """The project's GitHub. Raises Invalid where it is on none, GitHubFault without a token."""
        async with self._db.read() as tx:
            access = await access_of(tx, vault_of(self._db), self._settings, self._job.project)
        if access.source == Source.NONE:
            raise Unavailable(
                f"Loom has no token for {access.repo.site}, so pull requests cannot be looked at. Go on without them.",
                code="github_no_token",
            )
        try:
            async with access.opened() as hub:
                yield hub
        except GitHubFault as fault:
            told = fault.message.partition(PATIENCE)[0]
            later = " Try that later, or go on without it." if told != fault.message else ""
            raise Unavailable(f"{told.rstrip('.')}.{later}", code=fault.code) from fault
