"""What tests of pull requests do and look at."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.events.models import Event
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.projects.models import Project
from loom_app.pullrequests import due
from loom_app.pullrequests.models import PullRequest
from loom_app.reviews import service as reviews
from loom_app.reviews.schemas import Review
from loom_app.runs import repository as runs
from loom_app.runs.acting import act
from loom_app.runs.models import Run
from loom_app.runs.opening import open_run
from tests.runs.stage import Stage, begin_run
from tests.support.github import GitHubStandIn

PAT = Actor("user", "user-pat", "Pat", frozenset({"beads:read", "decisions:write"}))


@dataclass
class Scene:
    """A stage and the GitHub its work goes to."""

    hub: GitHubStandIn
    stage: Stage
    settings: Settings

    async def finish(self, flour: str, **done: Any) -> None:
        """Has the agent change the recipe and say that it is done."""
        write = {"type": "write_file", "path": "flour.txt", "content": flour}
        number = await self.stage.reply(write, done or {"type": "done", "reason": "Weighed."})
        assert await act(self.stage.db, self.settings, self.stage.run_id, number) is None

    async def say_done(self) -> int | None:
        """Has the agent say that all is as it should be; the number of the next turn, None when the run is over."""
        number = await self.stage.reply({"type": "done", "reason": "As it is."})
        return await act(self.stage.db, self.settings, self.stage.run_id, number)

    async def begin_again(self) -> str:
        """Gives the bead to an agent once more; what it is told first."""
        self.stage.run_id = await begin_run(self.stage)
        await open_run(self.stage.db, self.settings, self.stage.run_id)
        async with self.stage.db.read() as tx:
            return (await runs.turns(tx, self.stage.run_id))[0].prompt

    async def round(self, *, at_once: bool = True) -> PullRequest:
        """One round of all that is due, or of everything `at_once`; the newest pull request afterwards."""
        if at_once:
            async with self.stage.db.write() as tx:
                await tx.execute(update(PullRequest).where(col(PullRequest.ended_at).is_(None)).values(look_at=now()))
        for pull_id in await due.found(self.stage.db, self.settings, (), ()):
            await due.attend(self.stage.db, self.settings, pull_id)
        return (await self.pulls())[-1]

    async def pulls(self) -> list[PullRequest]:
        """All there are, oldest first."""
        async with self.stage.db.read() as tx:
            query = select(PullRequest).order_by(col(PullRequest.created_at), col(PullRequest.id))
            return list((await tx.execute(query)).scalars())

    async def review(self, verdict: str, comment: str = "", commit: str = "") -> None:
        """Pat judges the change in Loom."""
        async with self.stage.db.write() as tx:
            given = Review(verdict=verdict, comment=comment, commit=commit)  # type: ignore[arg-type]
            await reviews.review(tx, self.stage.run_id, given, actor=PAT)

    async def state(self) -> str:
        """Where the change stands for Loom."""
        async with self.stage.db.read() as tx:
            return (await reviews.diff(tx, self.stage.run_id, actor=PAT)).review.state

    async def open_questions(self) -> list[Decision]:
        """The decisions that wait."""
        async with self.stage.db.read() as tx:
            query = select(Decision).where(col(Decision.status) == DecisionStatus.OPEN)
            return list((await tx.execute(query)).scalars())

    async def events(self, beginning: str = "pull_request.") -> list[str]:
        """The types of events, oldest first."""
        async with self.stage.db.read() as tx:
            query = select(col(Event.type)).where(col(Event.type).like(f"{beginning}%")).order_by(col(Event.seq))
            return list((await tx.execute(query)).scalars())

    async def change(self, **fields: Any) -> None:
        """Sets the project otherwise."""
        async with self.stage.db.write() as tx:
            await tx.execute(update(Project).values(fields))

    async def told(self) -> str:
        """Everything the database keeps, as text, to look for secrets in."""
        async with self.stage.db.read() as tx:
            tables = (Event, PullRequest, Decision, Run, Bead)
            found = [(await tx.execute(select(table))).scalars().all() for table in tables]
            return repr([[row.model_dump() for row in rows] for rows in found])
