"""A run that a budget stops: its work is kept, people are asked once, and what they answer takes effect."""

from datetime import timedelta
from pathlib import Path

import pytest

from loom_app.config import Settings
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision
from loom_app.dispatch.service import dispatch
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden, Invalid
from loom_app.ledger import service as ledger
from loom_app.ledger import stops
from loom_app.ledger.models import Budget
from loom_app.ledger.orders import BudgetReached, Payer, Refused
from loom_app.providers.models import Provider
from loom_app.runs import budget_stop
from loom_app.runs.models import TerminalReason
from loom_app.runs.paying import payer_of
from loom_app.runs.service import end_run
from loom_app.runs.think import think
from tests.runs.stage import Stage, set_up
from tests.support.money import NONE, budget, reserve, settle

USER = Actor("user", "u", "una", frozenset({"decisions:write", "projects:write", "beads:read"}), frozenset({"kitchen"}))


@pytest.fixture
async def stage(db: Database, settings: Settings, tmp_path: Path) -> Stage:
    made = await set_up(db, settings.model_copy(update={"budgets": NONE}), tmp_path)
    async with db.write() as tx:
        run = await made.run()
        provider = await tx.get(Provider, run.provider_id)
        assert provider is not None
        provider.price_input, provider.price_output = 1_000_000, 1_000_000
    return made


async def stopped(stage: Stage, vault: Vault) -> Decision | None:
    """The run, stopped as its activity does when the model may not be asked; what people are asked."""
    with pytest.raises(Refused) as refused:
        await think(stage.db, vault, stage.settings, stage.run_id, 1)
    (stage.folder / "half.txt").write_text("half done\n")
    await budget_stop.stop(stage.db, stage.settings, stage.run_id, refused.value)
    run = await stage.run()
    assert (run.status, run.terminal_reason, run.message) == ("waiting", "budget_reached", refused.value.message)
    assert "half.txt" in run.diff
    async with stage.db.read() as tx:
        waiting = [name for name, _ in await decisions.waiting(tx)]
        return await decisions.get(tx, waiting[0]) if waiting else None


async def answer(stage: Stage, asked: Decision, words: str, who: Actor = USER) -> None:
    async with stage.db.write() as tx:
        await decisions.decide(tx, asked.id, decider=who, decision=words, rationale="It is worth it.")


async def limit_of(db: Database, one: Budget) -> int:
    async with db.read() as tx:
        found = await tx.get(Budget, one.id)
        assert found is not None
        return found.limit_micros


async def test_raised_the_bead_goes_on_and_the_budget_is_higher(stage: Stage, vault: Vault) -> None:
    async with stage.db.write() as tx:
        tx.add(one := budget("project", "kitchen", "daily", 100, project_id="kitchen"))
    asked = await stopped(stage, vault)
    assert asked is not None
    assert (asked.kind, asked.bead_id, asked.default_option) == ("budget", stage.bead_id, asked.options[1])
    assert asked.options[0].startswith("raise to $")
    assert asked.options[1].startswith("wait until 2")
    assert asked.options[2] == "stop the bead"
    assert "has cost $0.00 so far" in asked.question
    assert asked.context["budget"]["limit_micros"] == 100
    assert asked.deadline <= now() + timedelta(hours=48)
    assert (await stage.bead()).status == "blocked"
    held = await dispatch(stage.db, stage.settings)
    assert held.claimed == []
    with pytest.raises(Invalid):
        await answer(stage, asked, "raise to $0.00")
    await answer(stage, asked, "raise to $7.5")
    assert (await stage.bead()).status == "open"
    assert await limit_of(stage.db, one) == 7_500_000
    async with stage.db.write() as tx:
        await stops.check(tx, Payer("kitchen"), NONE)


async def test_waiting_lets_the_bead_rest_until_the_budget_begins_anew(stage: Stage, vault: Vault) -> None:
    async with stage.db.write() as tx:
        tx.add(budget("project", "kitchen", "daily", 100, project_id="kitchen"))
    asked = await stopped(stage, vault)
    assert asked is not None
    await answer(stage, asked, asked.options[1])
    bead = await stage.bead()
    assert bead.status == "open"
    assert bead.not_before is not None
    assert now() < bead.not_before <= now() + timedelta(hours=25)
    async with stage.db.write() as tx:
        with pytest.raises(Refused, match="new work waits") as held:
            await stops.check(tx, Payer("kitchen"), NONE)
    assert asked.id in held.value.message


async def test_stopped_the_bead_stays_where_it_is(stage: Stage, vault: Vault) -> None:
    async with stage.db.write() as tx:
        tx.add(one := budget("bead", stage.bead_id, "total", 5, project_id="kitchen"))
    asked = await stopped(stage, vault)
    assert asked is not None
    assert len(asked.options) == 2
    assert asked.default_option == "stop the bead"
    await answer(stage, asked, "stop the bead")
    assert (await stage.bead()).status == "blocked"
    assert await limit_of(stage.db, one) == 5


async def test_the_system_s_money_is_raised_by_administrators_alone(stage: Stage, vault: Vault) -> None:
    async with stage.db.write() as tx:
        tx.add(one := budget("system", "", "monthly", 5))
    asked = await stopped(stage, vault)
    assert asked is not None
    with pytest.raises(Forbidden, match="only be changed by an administrator"):
        await answer(stage, asked, asked.options[0])
    await answer(stage, asked, asked.options[0], SYSTEM)
    assert await limit_of(stage.db, one) > 5


async def test_people_are_asked_once_for_all_beads_under_a_budget(stage: Stage, vault: Vault) -> None:
    async with stage.db.write() as tx:
        tx.add(one := budget("project", "kitchen", "daily", 100, project_id="kitchen"))
    async with stage.db.write() as tx:
        with pytest.raises(BudgetReached) as reached:
            await reserve(tx, 200, project_id="kitchen")
        run = await stage.run()
        payer = await payer_of(tx, await stage.bead(), run.agent_id)
        assert await stops.stop(tx, reached.value, payer, NONE) is not None
    assert await stopped(stage, vault) is None
    assert (await stage.bead()).status == "open"
    assert await limit_of(stage.db, one) == 100


async def test_a_model_without_a_price_is_asked_about_and_allowed(stage: Stage, vault: Vault) -> None:
    async with stage.db.write() as tx:
        tx.add(one := budget("project", "kitchen", "daily", 10**9, project_id="kitchen"))
        provider = await tx.get(Provider, (await stage.run()).provider_id)
        assert provider is not None
        provider.price_input = provider.price_output = None
    asked = await stopped(stage, vault)
    assert asked is not None
    assert asked.options == ["try again", "allow models without a price", "stop the bead"]
    await answer(stage, asked, "allow models without a price")
    async with stage.db.read() as tx:
        found = await tx.get(Budget, one.id)
        assert found is not None
        assert found.allow_unpriced
    assert (await stage.bead()).status == "open"


async def test_a_run_that_ends_lets_go_of_what_it_reserved(stage: Stage) -> None:
    async with stage.db.write() as tx:
        tx.add(budget("project", "kitchen", "daily", 100, project_id="kitchen"))
    async with stage.db.write() as tx:
        await reserve(tx, 60, project_id="kitchen", run_id=stage.run_id)
        await settle(tx, await reserve(tx, 40, project_id="kitchen"), 40)
    await end_run(stage.db, stage.settings, stage.run_id, TerminalReason.PROVIDER_ERROR, "It is down.")
    async with stage.db.write() as tx:
        ((_, window),) = await ledger.lines_of(tx, Payer("kitchen"), NONE)
        assert (window.used_micros, window.reserved_micros) == (40, 0)
