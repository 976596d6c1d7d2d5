"""Leases against a model of them: one holder at a time, tokens that rise, no write by a holder who was outlived."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from loom_app.beads.models import Lease
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.runs import lease
from tests.support import rows
from tests.support.databases import opened

BEADS = ("kitchen-1", "kitchen-2")
START = datetime(2026, 2, 21, 9, 30, tzinfo=UTC)
beads_ = st.sampled_from(BEADS)
holders = st.sampled_from(("agent-a", "agent-b", "agent-c"))
tokens = st.integers(1, 12)
seconds_ = st.integers(1, 30)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """A loop of its own for a test that is not one of asyncio's."""
    with asyncio.Runner() as loop:
        yield loop


class Leases(RuleBasedStateMachine):
    """`held` is what should be: bead → (holder, token, expiry); `last` is the newest token of each bead.

    `db` and `runner` are set before it runs.
    """

    db: Database
    runner: asyncio.Runner

    @initialize()
    def begin(self) -> None:
        self.moment = START
        self.held: dict[str, tuple[str, int, datetime]] = {}
        self.last = dict.fromkeys(BEADS, 0)
        self.patches = ExitStack()
        self.patches.enter_context(mock.patch.object(lease, "now", self.now))
        self.patches.enter_context(mock.patch.object(lease, "ahead", self.ahead))
        self.runner.run(_forget(self.db))

    def now(self) -> datetime:
        return self.moment

    def ahead(self, seconds: float) -> datetime:
        return self.moment + timedelta(seconds=seconds)

    def teardown(self) -> None:
        self.patches.close()

    @rule(bead=beads_, holder=holders, seconds=seconds_)
    def take(self, bead: str, holder: str, seconds: int) -> None:
        before = self.held.get(bead)
        try:
            token = self.runner.run(_take(self.db, bead, holder, seconds))
        except Conflict as refusal:
            holder_told = refusal.extra["holder"]
            assert before is not None
            assert (before[2] > self.moment, holder_told) == (True, before[0])
            return
        assert before is None or before[2] <= self.moment
        assert token == self.last[bead] + 1
        self.last[bead] = token
        self.held[bead] = (holder, token, self.moment + timedelta(seconds=seconds))

    @rule(bead=beads_, token=tokens, seconds=seconds_)
    def renew(self, bead: str, token: int, seconds: int) -> None:
        rightful = bead in self.held and self.held[bead][1] == token
        try:
            self.runner.run(_renew(self.db, bead, token, seconds))
        except lease.LeaseLost:
            assert not rightful
            return
        assert rightful
        self.held[bead] = (self.held[bead][0], token, self.moment + timedelta(seconds=seconds))

    @rule(bead=beads_, token=tokens)
    def release(self, bead: str, token: int) -> None:
        rightful = bead in self.held and self.held[bead][1] == token
        assert self.runner.run(_release(self.db, bead, token)) is rightful
        if rightful:
            del self.held[bead]

    @rule(seconds=seconds_)
    def time_passes(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)

    @invariant()
    def the_table_says_the_same(self) -> None:
        held, expired = self.runner.run(_seen(self.db))
        assert {bead: (it.holder, it.token, it.expires_at) for bead, it in held.items()} == self.held
        assert {it.bead_id for it in expired} == {b for b, it in self.held.items() if it[2] <= self.moment}


def test_leases_behave_like_their_model(sqlite_template: Path, tmp_path: Path, runner: asyncio.Runner) -> None:
    file = tmp_path / "loom.db"
    file.write_bytes(sqlite_template.read_bytes())
    Leases.db, Leases.runner = opened(f"sqlite+aiosqlite:///{file}"), runner
    runner.run(_furnish(Leases.db))
    run_state_machine_as_test(Leases, settings=effort(max_examples=15, stateful_step_count=25))
    runner.run(Leases.db.dispose())


async def test_a_refusal_says_who_holds_the_bead_and_until_when(db: Database) -> None:
    await _furnish(db)
    await _take(db, "kitchen-1", "agent-a", 60)
    with pytest.raises(Conflict) as refusal:
        await _take(db, "kitchen-1", "agent-b", 60)
    assert refusal.value.code == "bead_held"
    assert "agent-a" in refusal.value.message
    assert refusal.value.extra["alive"] is True
    assert refusal.value.extra["expires_at"].endswith("Z")


async def test_an_outlived_holder_can_neither_renew_nor_release(db: Database) -> None:
    await _furnish(db)
    old = await _take(db, "kitchen-1", "agent-a", 0)
    new = await _take(db, "kitchen-1", "agent-b", 60)
    assert new > old
    with pytest.raises(lease.LeaseLost):
        await _renew(db, "kitchen-1", old, 60)
    assert not await _release(db, "kitchen-1", old)
    async with db.read() as tx:
        held = await lease.of(tx, "kitchen-1")
    assert held is not None
    assert (held.holder, held.token) == ("agent-b", new)


async def _furnish(db: Database) -> None:
    await rows.project(db)
    for bead in BEADS:
        await rows.bead(db, bead)


async def _forget(db: Database) -> None:
    async with db.write() as tx:
        await tx.execute(delete(Lease))


async def _take(db: Database, bead: str, holder: str, seconds: float) -> int:
    async with db.write() as tx:
        return await lease.take(tx, bead, holder=holder, seconds=seconds)


async def _renew(db: Database, bead: str, token: int, seconds: float) -> None:
    async with db.write() as tx:
        await lease.renew(tx, bead, token, seconds)


async def _release(db: Database, bead: str, token: int) -> bool:
    async with db.write() as tx:
        return await lease.release(tx, bead, token)


async def _seen(db: Database) -> tuple[dict[str, lease.Held], list[lease.Held]]:
    async with db.read() as tx:
        return await lease.of_many(tx, BEADS), await lease.expired(tx)
