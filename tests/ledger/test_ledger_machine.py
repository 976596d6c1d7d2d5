"""In whatever order calls are reserved, settled, let go, outlived or killed, no ceiling is passed and none forgets."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete

from loom_app.kernel.database import Database
from loom_app.ledger import service
from loom_app.ledger.models import Budget, BudgetWindow, Call, CallStatus
from loom_app.ledger.orders import BudgetReached
from tests.support.databases import opened
from tests.support.money import budget, reserve, settle, state

T = TypeVar("T")
LIMITS = {"system": 60, "project": 40, "bead": 25}
SECONDS = 100


class Ledger(RuleBasedStateMachine):
    """One ledger on a real database, beside the sums a child would write down."""

    url: str
    clock: list[datetime]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.db = opened(self.url)
        self.calls: list[Call] = []
        self.ids = ("", "kitchen", "kitchen-1")
        self.late = 0

    def does(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.budgets = [
            budget(scope, name, "total", limit) for (scope, limit), name in zip(LIMITS.items(), self.ids, strict=True)
        ]

        async def make() -> None:
            async with self.db.write() as tx:
                for table in (BudgetWindow, Budget, Call):
                    await tx.execute(delete(table))
                tx.add_all(self.budgets)

        self.does(make())

    def teardown(self) -> None:
        self.does(self.db.dispose())
        self.runner.close()

    @rule(most=st.integers(0, 30), bead=st.sampled_from(["kitchen-1", "kitchen-2"]))
    def reserve(self, most: int, bead: str) -> None:
        async def work() -> Call:
            async with self.db.write() as tx:
                return await reserve(tx, most, seconds=SECONDS, project_id="kitchen", bead_id=bead, run_id=bead)

        bound = LIMITS if bead == "kitchen-1" else {name: LIMITS[name] for name in ("system", "project")}
        fits = all(self._taken(name) + most <= limit for name, limit in bound.items())
        try:
            self.calls.append(self.does(work()))
            assert fits
        except BudgetReached:
            assert not fits

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self.calls))
        cost = data.draw(st.integers(0, call.reserved_micros or 0))
        was = call.status

        async def work() -> Call:
            async with self.db.write() as tx:
                return await settle(tx, call, cost)

        self._replace(self.does(work()))
        if was in (CallStatus.RELEASED, CallStatus.EXPIRED):
            self.late += cost

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        self._again(data.draw(st.sampled_from(self.calls)), service.release)

    @rule(bead=st.sampled_from(["kitchen-1", "kitchen-2"]))
    def kill_the_run(self, bead: str) -> None:
        async def work() -> None:
            async with self.db.write() as tx:
                await service.release_run(tx, bead, "killed")

        self.does(work())
        self._read_again()

    @rule(seconds=st.sampled_from([1, 60, 101]))
    def wait(self, seconds: int) -> None:
        self.clock[0] += timedelta(seconds=seconds)

        async def work() -> None:
            async with self.db.write() as tx:
                await service.expire(tx)

        self.does(work())
        self._read_again()

    @invariant()
    def no_ceiling_is_passed_and_windows_say_what_the_ledger_says(self) -> None:
        if not hasattr(self, "budgets"):
            return

        async def work() -> list[tuple[int, int]]:
            async with self.db.write() as tx:
                return await state(tx, *self.budgets)

        for (used, held), one in zip(self.does(work()), self.budgets, strict=True):
            assert min(used, held) >= 0
            assert (used, held) == self._sums(one.scope)
            assert used + held <= one.limit_micros + self.late

    def _sums(self, scope: str) -> tuple[int, int]:
        own = [call for call in self.calls if scope != "bead" or call.bead_id == "kitchen-1"]
        used = sum(call.cost_micros or 0 for call in own if call.status == CallStatus.SETTLED)
        return used, sum(call.reserved_micros or 0 for call in own if call.status == CallStatus.RESERVED)

    def _taken(self, scope: str) -> int:
        return sum(self._sums(scope))

    def _again(self, call: Call, what: Any) -> None:
        async def work() -> None:
            async with self.db.write() as tx:
                await what(tx, call.id, "let go")

        self.does(work())
        self._read_again()

    def _read_again(self) -> None:
        async def work() -> list[Call]:
            async with self.db.read() as tx:
                return [await service.get(tx, call.id) for call in self.calls]

        self.calls = self.does(work())

    def _replace(self, fresh: Call) -> None:
        self.calls = [fresh if call.id == fresh.id else call for call in self.calls]


def test_the_ledger_keeps_its_sums(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [datetime(2026, 3, 1, tzinfo=UTC)]
    monkeypatch.setattr(service, "now", lambda: clock[0])
    url = db.url.render_as_string(hide_password=False)
    here = type("Here", (Ledger,), {"url": url, "clock": clock})
    wanted = hypothesis_settings(max_examples=12, stateful_step_count=20, phases=[Phase.generate])
    run_state_machine_as_test(here, settings=wanted)
