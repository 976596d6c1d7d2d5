"""What may be spent is set aside before a call and settled after it, in every budget that bounds it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from loom_app.config import BudgetSettings
from loom_app.events import repository as events
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound
from loom_app.ledger import service
from loom_app.ledger.models import Budget, Call, CallStatus
from loom_app.ledger.orders import BudgetReached, ModelUnpriced, Payer, Refused
from loom_app.ledger.telling import begin_costs
from tests.support.databases import beside
from tests.support.money import NONE, budget, reserve, settle, state

PAYER: dict[str, Any] = {"project_id": "kitchen", "agent_id": "cook", "user_id": "u1", "bead_id": "kitchen-1"}


async def made(db: Database, *budgets: Budget) -> None:
    async with db.write() as tx:
        tx.add_all(budgets)


async def test_a_call_is_reserved_in_every_budget_that_bounds_it_and_settled_at_its_cost(db: Database) -> None:
    system, project = budget(limit=1000), budget("project", "kitchen", "monthly", 500)
    bead, other = budget("bead", "kitchen-1", "total", 300), budget("project", "garden")
    await made(db, system, project, bead, other)
    async with db.write() as tx:
        call = await reserve(tx, 200, **PAYER)
        assert await state(tx, system, project, bead, other) == [(0, 200)] * 3 + [(0, 0)]
    async with db.write() as tx:
        settled = await settle(tx, call, 120, answered_by="m-2", request_id="req")
        assert (settled.status, settled.cost_micros, settled.answered_by) == (CallStatus.SETTLED, 120, "m-2")
        assert await state(tx, system, project, bead, other) == [(120, 0)] * 3 + [(0, 0)]
    async with db.write() as tx:
        await settle(tx, call, 999)  # once
        assert await state(tx, system) == [(120, 0)]
        with pytest.raises(BudgetReached) as reached:
            await reserve(tx, 200, **PAYER)
    told = reached.value
    assert (told.code, told.extra["budget_id"], told.extra["used_micros"], told.passing) == (
        "budget_reached", bead.id, 120, False,
    )  # fmt: skip
    assert "$0.0002" in told.message
    assert "the budget of the bead kitchen-1" in told.message


async def test_what_is_refused_by_one_budget_is_set_aside_in_none(db: Database) -> None:
    wide, narrow = budget(limit=1000), budget("agent", "cook", limit=5)
    await made(db, wide, narrow)
    with pytest.raises(BudgetReached):
        async with db.write() as tx:
            await reserve(tx, 10, **PAYER)
    async with db.write() as tx:
        assert await state(tx, wide, narrow) == [(0, 0), (0, 0)]


async def test_others_calls_under_way_are_a_passing_hindrance(db: Database) -> None:
    await made(db, one := budget(limit=15))
    async with db.write() as tx:
        first = await reserve(tx, 10)
        with pytest.raises(BudgetReached) as reached:
            await reserve(tx, 10)
        assert reached.value.passing
        assert await service.release(tx, first.id, "it failed")
        assert not await service.release(tx, first.id, "twice")
        assert await state(tx, one) == [(0, 0)]
        await reserve(tx, 10)


async def test_of_100_parallel_calls_a_budget_for_10_lets_10_be_made(db: Database, vault: Vault) -> None:
    await made(db, one := budget(limit=100), budget("project", "kitchen", "monthly", 1000))
    places = [beside(db, vault) for _ in range(4)]

    async def call(number: int) -> bool:
        here = places[number % 4]
        try:
            async with here.write() as tx:
                made_ = await reserve(tx, 10, project_id="kitchen")
        except BudgetReached:
            return False
        async with here.write() as tx:
            await settle(tx, made_, 10)
        return True

    answers = await asyncio.gather(*(call(number) for number in range(100)))
    async with db.write() as tx:
        assert await state(tx, one) == [(100, 0)]
    assert sum(answers) == 10
    for place in places:
        await place.dispose()


async def test_a_budget_that_is_made_late_counts_what_was_spent_before(db: Database) -> None:
    async with db.write() as tx:
        await settle(tx, await reserve(tx, 50, **PAYER), 40)
        open_call = await reserve(tx, 20, **PAYER)
        await settle(tx, await reserve(tx, None, **PAYER), None)
    await made(db, late := budget("project", "kitchen", "monthly"))
    async with db.write() as tx:
        assert await state(tx, late) == [(40, 20)]
        await settle(tx, open_call, 5)
        assert await state(tx, late) == [(45, 0)]


async def test_a_model_without_a_price_is_called_only_where_every_budget_allows_it(db: Database) -> None:
    open_, strict = budget(allow_unpriced=True), budget("project", "kitchen")
    await made(db, open_, strict)
    async with db.write() as tx:
        call = await reserve(tx, None, project_id="garden")
        assert call.reserved_micros is None
        settled = await settle(tx, call, None)
        assert settled.cost_micros is None
        ((_, window),) = await service.lines_of(tx, Payer(), NONE)
        assert (window.used_micros, window.unpriced_calls) == (0, 1)
        with pytest.raises(ModelUnpriced, match="daily budget of the project kitchen"):
            await reserve(tx, None, **PAYER)


async def test_a_call_without_a_price_is_not_made_under_a_budget_that_is_used_up(db: Database) -> None:
    await made(db, budget(limit=10, allow_unpriced=True))
    async with db.write() as tx:
        await settle(tx, await reserve(tx, 10), 10)
        with pytest.raises(BudgetReached):
            await reserve(tx, None)


async def test_whoever_goes_away_leaves_nothing_reserved(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await made(db, one := budget())
    async with db.write() as tx:
        gone, kept = await reserve(tx, 30, seconds=5, run_id="r1"), await reserve(tx, 30, seconds=500, run_id="r2")
    monkeypatch.setattr(service, "now", lambda: datetime.now(UTC) + timedelta(seconds=6))
    async with db.write() as tx:
        await reserve(tx, 70)
        found = await service.get(tx, gone.id)
        assert found.status == CallStatus.EXPIRED
        assert await service.release_run(tx, "r2", "its lease ran out") == 1
        assert await service.release_run(tx, "r2", "its lease ran out") == 0
        await settle(tx, kept, 25)  # the answer came after all, and was paid
        assert await state(tx, one) == [(25, 70)]


async def test_people_are_warned_once_a_window(db: Database) -> None:
    await made(db, one := budget("project", "kitchen", project_id="kitchen", alert_percent=50))
    for _ in range(3):
        async with db.write() as tx:
            await settle(tx, await reserve(tx, 30, project_id="kitchen"), 30)
    async with db.read() as tx:
        told = [event for event in await events.newest(tx, EVERYTHING, limit=20) if event.type == "budget.alert"]
    assert [(event.project_id, event.subject_id, event.data["used_micros"]) for event in told] == [
        ("kitchen", one.id, 60)
    ]


async def test_the_settings_budgets_are_made_follow_and_go(db: Database) -> None:
    first = BudgetSettings(system_daily=1, system_monthly=None, bead_total=0.5, alert_percent=70)
    async with db.write() as tx:
        await reserve(tx, 1, settings=first, **PAYER)
        lines = await service.lines_of(tx, Payer(bead_id="kitchen-1"), first)
        assert sorted((b.scope, b.window, b.limit_micros, b.alert_percent) for b, _ in lines) == [
            ("bead", "total", 500_000, 70), ("system", "daily", 1_000_000, 70),
        ]  # fmt: skip
        assert all(w.reserved_micros == 1 for _, w in lines)
    second = BudgetSettings(system_daily=2, system_monthly=None, bead_total=None)
    async with db.write() as tx:
        lines = await service.lines_of(tx, Payer(bead_id="kitchen-1"), second)
        assert [(b.scope, b.limit_micros) for b, _ in lines] == [("system", 2_000_000)]
        lines[0][0].is_default, lines[0][0].limit_micros = False, 7
    async with db.write() as tx:
        lines = await service.lines_of(tx, Payer(), first)
        assert [b.limit_micros for b, _ in lines] == [7]


async def test_the_request_at_hand_hears_what_its_calls_cost(db: Database) -> None:
    costs = begin_costs()
    async with db.write() as tx:
        await settle(tx, await reserve(tx, 5), 3)
        await settle(tx, await reserve(tx, None), None)
        await service.release(tx, (await reserve(tx, 5)).id, "failed")
    assert costs == [3, None]


async def test_an_unknown_call_is_said_to_be_unknown(db: Database) -> None:
    async with db.write() as tx:
        with pytest.raises(NotFound, match="no call 'x'"):
            await settle(tx, Call(id="x", purpose="", provider_id="", model="", expires_at=datetime.now(UTC)), 1)


def test_refusals_are_one_family() -> None:
    assert issubclass(BudgetReached, Refused)
    assert issubclass(ModelUnpriced, Refused)
