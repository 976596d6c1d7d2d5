"""Whatever happens to a decision, in whatever order, exactly one answer ever holds."""

import asyncio
import tempfile
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import update
from sqlmodel import SQLModel, col

from loom_app.beads.models import Bead
from loom_app.decisions import service
from loom_app.decisions.models import Decision
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import ahead
from loom_app.kernel.errors import Conflict
from loom_app.kernel.ids import new_id
from tests.support import rows
from tests.support.databases import opened

T = TypeVar("T")


class FirstAnswerWins(RuleBasedStateMachine):
    """Compares the service with a model of three dictionaries."""

    decisions = Bundle("decisions")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.db = opened(f"sqlite+aiosqlite:///{self.folder.name}/loom.db")
        self.answers: dict[str, str] = {}
        self.bead_of: dict[str, str] = {}
        self.overdue: set[str] = set()
        self.run(self.prepare())

    async def prepare(self) -> None:
        async with self.db.engine.begin() as connection:
            await connection.run_sync(SQLModel.metadata.create_all)
        await rows.project(self.db)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.db.dispose())
        self.loop.close()
        self.folder.cleanup()

    @rule(target=decisions, kind=st.sampled_from(["escalation", "question"]))
    def ask_about_a_new_bead(self, kind: str) -> str:
        bead_id = self.run(rows.bead(self.db, new_id("kitchen")))
        return self.run(self.ask(bead_id, kind))

    @rule(target=decisions, other=decisions, kind=st.sampled_from(["escalation", "question"]))
    def ask_about_the_same_bead(self, other: str, kind: str) -> str:
        return self.run(self.ask(self.bead_of[other], kind))

    async def ask(self, bead_id: str, kind: str) -> str:
        async with self.db.write() as tx:
            bead = await tx.get(Bead, bead_id)
            assert bead
            bead.status = "blocked"
            asked = await service.open_decision(tx, kind=kind, bead=bead, question="May I?", requester_id="agent-1")
        self.bead_of[asked.id] = bead_id
        return asked.id

    @rule(decision_id=decisions, word=st.sampled_from(["approve", "deny", "needs_more_info"]), who=st.integers(1, 3))
    def answer(self, decision_id: str, word: str, who: int) -> None:
        if decision_id in self.answers:
            with pytest.raises(Conflict):
                self.run(self.decide(decision_id, word, who))
        else:
            self.run(self.decide(decision_id, word, who))
            self.answers[decision_id] = word

    async def decide(self, decision_id: str, word: str, who: int) -> None:
        person = Actor("user", f"user-{who}", f"person {who}", frozenset())
        async with self.db.write() as tx:
            await service.decide(tx, decision_id, decider=person, decision=word, rationale="So be it.")

    @rule(decision_id=decisions)
    def let_the_deadline_pass(self, decision_id: str) -> None:
        async def work() -> None:
            past = update(Decision).where(col(Decision.id) == decision_id)
            async with self.db.write() as tx:
                await tx.execute(past.values({col(Decision.deadline): ahead(-1)}))

        self.run(work())
        self.overdue.add(decision_id)

    @rule(decision_id=decisions)
    def expire(self, decision_id: str) -> None:
        async def work() -> tuple[bool, str]:
            async with self.db.write() as tx:
                expired = await service.expire(tx, decision_id)
                return expired, (await service.get(tx, decision_id)).default_option

        expired, default = self.run(work())
        assert expired == (decision_id in self.overdue and decision_id not in self.answers)
        if expired:
            self.answers[decision_id] = default

    @invariant()
    def rows_agree_with_the_model(self) -> None:
        async def work() -> None:
            async with self.db.read() as tx:
                waiting = {decision_id for decision_id, _ in await service.waiting(tx)}
                assert waiting == set(self.bead_of) - set(self.answers)
                for decision_id, bead_id in self.bead_of.items():
                    found = await service.get(tx, decision_id)
                    assert found.decision == self.answers.get(decision_id, "")
                    assert (found.decided_at is None) == (found.status == "open") == (decision_id in waiting)
                    bead = await tx.get(Bead, bead_id)
                    assert bead
                    heard = [entry["id"] for entry in bead.context.get("decisions", [])]
                    assert heard.count(decision_id) == (decision_id in self.answers)
                    if bead_id in {self.bead_of[one] for one in waiting}:
                        assert bead.status == "blocked"

        self.run(work())


TestFirstAnswerWins = FirstAnswerWins.TestCase
TestFirstAnswerWins.settings = settings(max_examples=10, stateful_step_count=15)
