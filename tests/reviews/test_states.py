"""Reviews by agents under any course of events: nothing lands unreviewed, nothing is stuck, nobody judges own work."""

import asyncio
import tempfile
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select
from sqlmodel import SQLModel, col

from loom_app.agents import service as agents
from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.decisions import pass_sweep, passes
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision, DecisionStatus, ReviewPass, Verdict
from loom_app.kernel.actor import Actor, agent_actor
from loom_app.kernel.errors import LoomError
from loom_app.kernel.ids import new_id
from loom_app.projects.models import Project
from loom_app.providers.models import Provider, ProviderStatus
from loom_app.reviews import repository as reviews
from loom_app.runs.begin import begin
from loom_app.runs.ending import Ending, end
from loom_app.runs.models import Run, RunStatus, TerminalReason
from loom_app.staff import retiring
from tests.support.databases import opened

PAT = Actor("user", "user-pat", "Pat", frozenset({"*:*"}))
ROLES = ("code-reviewer", "qa-engineer")
WANTED: tuple[list[str], ...] = (["code-reviewer"], ["code-reviewer", "qa-engineer"], ["qa-engineer"], [])
WORDS = ("approve", "send_back", "send_back", "deny")
OFTEN = ["finish", "finish", "approve", "approve", "reject", "merge"]
SELDOM = ["leave", "reopen", "person", "want", "pause", "resume", "remove", "hire"]


class Course(RuleBasedStateMachine):
    """One bead of a project of its own, its author, its reviewers, people, and the clock after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.db = opened(f"sqlite+aiosqlite:///{self.folder.name}/loom.db")
        self.config = Settings()
        self.id, self.bead_id = "kitchen", ""
        self.wanted: dict[str, set[str]] = {}
        """The roles wanted of each finished run, then and ever since."""
        self.run(self.build())

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.db.dispose())
        self.loop.close()
        self.folder.cleanup()

    @rule(name=st.sampled_from(OFTEN))
    def work_goes_on(self, name: str) -> None:
        self.run(self.step(name, 0))

    @rule(name=st.sampled_from(OFTEN + SELDOM), number=st.integers(0, 3))
    def something_happens(self, name: str, number: int) -> None:
        self.run(self.step(name, number))

    @invariant()
    def holds(self) -> None:
        self.run(self.check())

    async def build(self) -> None:
        async with self.db.engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        async with self.db.write() as tx:
            tx.add(Project(id=self.id, name=self.id, review_by=["code-reviewer"]))
            tx.add(Provider(id="model", name="M", endpoint="http://127.0.0.1:9/v1", status=ProviderStatus.HEALTHY))
            await tx.flush()
            self.bead_id = (await beads.create(tx, beads.draft(project_id=self.id, title="Bake"), actor=PAT)).id
            for role in ("engineering-manager", "code-reviewer", "code-reviewer", "qa-engineer"):
                self._add(tx, role)

    def _add(self, tx: Any, role: str) -> None:
        name = f"{role}-{uuid4().hex[:6]}"
        tx.add(Agent(
            id=new_id("agent"), name=name, role=role, persona_name=f"default/{role}",
            project_id=self.id, status=AgentStatus.IDLE,
        ))  # fmt: skip

    async def step(self, name: str, given: Any) -> None:
        """Takes a step; what cannot be done now is refused and changes nothing."""
        try:
            async with self.db.write() as tx:
                await getattr(self, f"_{name}")(tx, given)
        except (LoomError, LookupError):
            pass

    async def _want(self, tx: Any, number: int) -> None:
        roles = WANTED[number]
        (await tx.get_one(Project, self.id)).review_by = roles
        self.wanted = {run_id: wanted & {*roles} for run_id, wanted in self.wanted.items()}

    async def _finish(self, tx: Any, _: Any) -> None:
        """Any idle agent, or whom the bead is assigned to, works on the bead and says that it is done."""
        bead = await tx.get_one(Bead, self.bead_id)
        team = await agents.of_project(tx, self.id)
        able = [one.id for one in team if one.status == AgentStatus.IDLE and bead.assigned_to in ("", one.id)]
        run = await begin(
            tx, bead, await tx.get_one(Agent, able[0]), await tx.get_one(Provider, "model"), seconds=30, why="-"
        )
        run.status = RunStatus.RUNNING
        roles = tuple((await tx.get_one(Project, self.id)).review_by)
        ending = Ending(TerminalReason.REVIEW, "Done.", commit=uuid4().hex, diff="+x", review_by=roles)
        await end(tx, run, ending, self.config)
        self.wanted[run.id] = set(roles)

    async def _review(self, tx: Any) -> tuple[Bead, Actor]:
        asked = (await tx.execute(select(Decision).where(
            col(Decision.bead_id) == self.bead_id, col(Decision.status) == DecisionStatus.OPEN,
            col(Decision.assigned_to).startswith("agent-"),
        ))).scalars().first()  # fmt: skip
        if asked is None:
            raise LookupError
        return await tx.get_one(Bead, asked.answer_bead), agent_actor(asked.assigned_to, "R", self.id)

    async def _approve(self, tx: Any, _: Any) -> None:
        through, who = await self._review(tx)
        await passes.approve(tx, through.id, self.bead_id, "", who)

    async def _reject(self, tx: Any, _: Any) -> None:
        through, who = await self._review(tx)
        await passes.reject(tx, through.id, self.bead_id, "No.", who)

    async def _leave(self, tx: Any, _: Any) -> None:
        through, _who = await self._review(tx)
        await beads.set_status(tx, through.id, BeadStatus.DONE, actor=PAT, reason="-")

    async def _sweep(self, tx: Any, _: Any) -> None:
        untidy = await decisions.untidy(tx)
        await pass_sweep.free(tx, await pass_sweep.stuck(tx))
        await decisions.tidy(tx, untidy)

    async def _merge(self, tx: Any, _: Any) -> None:
        for row in await reviews.to_merge(tx):
            if row.project_id == self.id:
                run = await tx.get_one(Run, row.run_id)
                await self.check_reviewed(tx, run)
                run.status = RunStatus.FINISHED
                await beads.set_status(tx, self.bead_id, BeadStatus.DONE, actor=PAT, reason="-")

    async def _reopen(self, tx: Any, _: Any) -> None:
        await beads.set_status(tx, self.bead_id, BeadStatus.OPEN, actor=PAT, reason="-")

    async def _person(self, tx: Any, number: int) -> None:
        word = WORDS[number]
        query = select(Decision).where(
            col(Decision.bead_id) == self.bead_id, col(Decision.status) == DecisionStatus.OPEN
        )
        asked = (await tx.execute(query)).scalars().first()
        if asked is not None:
            await decisions.decide(tx, asked.id, decider=PAT, decision=word, rationale="-")

    async def _nth(self, tx: Any, number: int) -> str:
        return str(sorted(one.id for one in await agents.of_project(tx, self.id))[number])

    async def _pause(self, tx: Any, number: int) -> None:
        await agents.pause(tx, await self._nth(tx, number), actor=PAT)

    async def _resume(self, tx: Any, number: int) -> None:
        await agents.resume(tx, await self._nth(tx, number), actor=PAT)

    async def _remove(self, tx: Any, number: int) -> None:
        await retiring.delete(tx, await self._nth(tx, number), actor=PAT)

    async def _hire(self, tx: Any, number: int) -> None:
        self._add(tx, ROLES[number % 2])

    async def check_reviewed(self, tx: Any, run: Run) -> None:
        """Work that is merged was approved by a person, or by an agent of every role that was wanted all along."""
        query = select(Decision).where(col(Decision.run_id) == run.id, col(Decision.decision) == "approve")
        answered = (await tx.execute(query)).scalars().one()
        by_people = answered.decider_id == PAT.id
        said = (await tx.execute(select(ReviewPass).where(col(ReviewPass.run_id) == run.id))).scalars().all()
        roles = {one.role for one in said if one.verdict == Verdict.APPROVED}
        assert by_people or (roles and self.wanted[run.id] <= roles)

    async def check(self) -> None:
        """What holds after every step and a look of the clock."""
        await self.step("sweep", ())
        async with self.db.read() as tx:
            bead = await tx.get_one(Bead, self.bead_id)
            asked = (await tx.execute(select(Decision).where(col(Decision.bead_id) == self.bead_id))).scalars().all()
            workers = set(
                (await tx.execute(select(col(Run.agent_id)).where(col(Run.bead_id) == self.bead_id))).scalars()
            )
            waiting = [one for one in asked if one.status == DecisionStatus.OPEN]
            assert len(waiting) <= 1
            merging = [row for row in await reviews.to_merge(tx) if row.project_id == self.id]
            denied = any(one.decision == "deny" for one in asked)
            cancelled = any(one.status == DecisionStatus.CANCELLED for one in asked)
            if bead.status == BeadStatus.BLOCKED:
                assert waiting or merging or denied or cancelled, "stuck"
            for one in waiting:
                if one.assigned_to:
                    reviewer, through = await agents.get(tx, one.assigned_to), await beads.get(tx, one.answer_bead)
                    assert reviewer.id not in workers
                    assert reviewer.status != AgentStatus.COMPLETE
                    assert (through.status, through.assigned_to) == (BeadStatus.OPEN, reviewer.id)
            open_reviews = select(col(Bead.id)).where(
                col(Bead.project_id) == self.id, col(Bead.type) == "review", col(Bead.status) != BeadStatus.DONE
            )
            left = set((await tx.execute(open_reviews)).scalars())
            assert left <= {one.answer_bead for one in waiting if one.assigned_to}, "a review that nobody needs"


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=8, stateful_step_count=14, deadline=None)
