"""What checks, heartbeats and calls make of a provider's status, against a real process."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from httpx import AsyncClient

from loom_app.config import ProviderSettings, Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, NotFound
from loom_app.providers import health, service
from loom_app.providers.errors import Kind, ProviderError
from loom_app.providers.models import Provider, ProviderStatus, Signal
from loom_app.providers.schemas import Prices
from tests.providers.conftest import Register, Told
from tests.support.provider_process import ProviderProcess

CHECK = "Reply with the word ok"


def statuses(told: list[tuple[str, dict[str, str]]]) -> list[str]:
    return [data["status"] for _, data in told if "previous" in data]


async def test_the_first_check_makes_it_active_and_a_heartbeat_healthy(
    db: Database, vault: Vault, register: Register, told: Told, provider_process: ProviderProcess
) -> None:
    await register()
    checked = await health.check(db, vault, "p")
    assert (checked.status, checked.last_heartbeat_error, checked.failures_in_row) == ("active", "", 0)
    assert checked.verified_at is not None
    assert checked.context_window == 8192
    (question,) = provider_process.log()
    assert question["body"]["max_tokens"] == 16
    beaten = await health.heartbeat(db, vault, "p")
    assert (beaten.status, beaten.last_heartbeat_latency_ms is not None) == ("healthy", True)
    assert len(provider_process.log()) == 1
    await health.heartbeat(db, vault, "p")
    assert statuses(await told()) == ["active", "healthy"]


async def test_heartbeats_cost_no_tokens(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    await register()
    await health.check(db, vault, "p")
    for _ in range(5):
        await health.heartbeat_all(db, vault)
    assert len(provider_process.log()) == 1
    assert len(provider_process.log("models")) == 6


async def test_without_a_model_the_best_on_offer_is_taken_and_kept_while_it_is_there(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    provider_process.config(
        models=[{"id": "text-embedding-3-large"}, {"id": "llama3.2:1b"}, {"id": "qwen2.5-coder:32b"}]
    )
    await register(model="")
    checked = await health.check(db, vault, "p")
    assert (checked.model, checked.configured_model, checked.selected_model) == (
        "qwen2.5-coder:32b",
        "",
        "qwen2.5-coder:32b",
    )
    assert "ahead of llama3.2:1b" in checked.selection_reason
    assert checked.model_score is not None
    provider_process.config(models=[{"id": "claude-sonnet-4-5"}, {"id": "qwen2.5-coder:32b"}])
    assert (await health.heartbeat(db, vault, "p")).model == "qwen2.5-coder:32b"
    provider_process.config(models=[{"id": "new"}])
    assert (await health.heartbeat(db, vault, "p")).model == "new"


async def test_no_model_anywhere_is_an_error_that_says_so(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    provider_process.config(models=None)
    await register(model="")
    checked = await health.check(db, vault, "p")
    assert checked.status == "error"
    assert "offers no models" in checked.last_heartbeat_error


async def test_a_substituted_model_is_shown(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    provider_process.script({"when": CHECK, "reply": "ok", "model": "vendor/other"})
    await register(model="unknown")
    checked = await health.check(db, vault, "p")
    assert (checked.status, checked.model, checked.selected_model) == ("active", "unknown", "vendor/other")


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ({"reply": ""}, "error"),
        ({"reply": "  "}, "error"),
        ({"reply": "", "finish_reason": "length"}, "active"),
        ({"status": 401}, "error"),
        ({"garbage": True}, "error"),
        ({"nothing": True}, "error"),
        ({"reply": "anything at all"}, "active"),
    ],
    ids=str,
)
async def test_the_completion_must_be_answered(
    db: Database,
    vault: Vault,
    register: Register,
    provider_process: ProviderProcess,
    step: dict[str, object],
    status: str,
) -> None:
    provider_process.script({"when": CHECK, **step})
    await register()
    checked = await health.check(db, vault, "p")
    assert checked.status == status
    assert bool(checked.last_heartbeat_error) is (status == "error")


async def test_error_then_failed_then_healthy_again(
    db: Database, vault: Vault, register: Register, told: Told, provider_process: ProviderProcess
) -> None:
    await register()
    await health.check(db, vault, "p")
    await health.heartbeat(db, vault, "p")
    provider_process.stop()
    seen = [(await health.heartbeat(db, vault, "p")).status for _ in range(6)]
    assert seen == ["error"] * 4 + ["failed"] * 2
    provider_process.start()
    back = await health.heartbeat(db, vault, "p")
    assert (back.status, back.failures_in_row, back.last_heartbeat_error) == ("healthy", 0, "")
    assert statuses(await told()) == ["active", "healthy", "error", "failed", "healthy"]
    errors = [data["error"] for _, data in await told() if data.get("status") == "error"]
    assert "cannot be reached" in errors[0]


async def test_one_that_was_down_when_registered_comes_up_by_itself(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    provider_process.stop()
    await register()
    assert (await health.check(db, vault, "p")).status == "error"
    provider_process.start()
    assert (await health.heartbeat(db, vault, "p")).status == "healthy"
    assert provider_process.log() == [], "a list of models is enough where no completion has failed"


async def test_a_list_of_models_alone_is_no_proof(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    """After a completion that failed, heartbeats restore nothing and ask for no other while nothing is to be done."""
    provider_process.script({"when": CHECK, "status": 401, "body": "invalid api key\n", "times": 0})
    await register()
    await health.check(db, vault, "p")
    for _ in range(14):
        beaten = await health.heartbeat(db, vault, "p")
    assert (beaten.status, beaten.doubt) == ("error", "auth")
    assert "refuses the API key" in beaten.last_heartbeat_error
    assert len(provider_process.log()) == 1


async def test_with_work_waiting_a_doubted_provider_is_asked_ever_less_often(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(health, "now", lambda: moment)
    provider_process.script({"when": CHECK, "status": 401, "times": 0})
    await register()
    await health.check(db, vault, "p")
    asked = []
    for _ in range(120):  # an hour of heartbeats
        moment += timedelta(seconds=30)
        before = len(provider_process.log())
        beaten = await health.heartbeat(db, vault, "p", ask=True)
        asked += [moment] * (len(provider_process.log()) - before)
    waits = [(later - earlier).total_seconds() for earlier, later in pairwise(asked)]
    assert waits == [60, 120, 240, 480, 900, 900]
    assert beaten.status == "failed"
    provider_process.reset()
    moment += timedelta(minutes=15)
    assert (await health.heartbeat(db, vault, "p", ask=True)).status == "healthy"


async def test_heartbeats_have_their_times(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    await register()
    await health.check(db, vault, "p")
    before = len(provider_process.log("models"))
    await health.heartbeat_all(db, vault, every=30)
    assert len(provider_process.log("models")) == before, "one that is well was looked at a moment ago"
    await health.heartbeat_all(db, vault, every=0.001)
    assert len(provider_process.log("models")) == before + 1


@pytest.mark.parametrize(
    ("status", "failures", "doubt", "seconds"),
    [
        ("pending", 0, "", 2),
        ("active", 0, "", None),
        ("healthy", 0, "", None),
        ("error", 1, "", 2),
        ("error", 2, "", 4),
        ("error", 3, "", 8),
        ("error", 4, "", 16),
        ("error", 1, "auth", None),
        ("failed", 5, "", None),
        ("failed", 500, "", None),
    ],
)
def test_one_that_does_not_answer_is_looked_at_ever_less_often(
    status: str, failures: int, doubt: str, seconds: float | None
) -> None:
    row = Provider(id="p", name="p", endpoint="http://h/v1", status=status, failures_in_row=failures, doubt=doubt)
    assert health.next_look(row) == seconds


async def test_what_was_learned_of_an_older_address_is_dropped(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    await register()
    finding = health.Finding(Signal.CHECKED, latency_ms=1, model="test-model")
    await register(model="other")
    async with db.write() as tx:
        row = await health.record_heartbeat(tx, "p", finding, revision=1)
    assert (row.status, row.verified_at) == ("pending", None)


async def test_a_change_during_a_check_wins(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    provider_process.script({"when": CHECK, "reply": "ok", "delay": 0.3})
    await register()
    checking = asyncio.create_task(health.check(db, vault, "p"))
    await asyncio.to_thread(provider_process.wait_for, 1)
    await register(model="other")
    assert (await checking).status == "pending"


async def test_a_provider_deleted_during_a_heartbeat_is_left_out(
    db: Database, vault: Vault, register: Register, provider_process: ProviderProcess
) -> None:
    await register()
    await register(id="q")
    provider_process.config(models_delay=0.3)
    beating = asyncio.create_task(health.heartbeat_all(db, vault))
    await asyncio.to_thread(provider_process.wait_for, 2, "models")
    async with db.write() as tx:
        await service.delete(tx, "q", actor=SYSTEM)
    assert [provider.id for provider in await beating] == ["p"]
    with pytest.raises(NotFound):
        await health.check(db, vault, "q")


async def test_a_key_that_cannot_be_opened_is_an_error_that_says_so(db: Database, register: Register) -> None:
    await register(api_key="secret-key")
    checked = await health.check(db, Vault(b"another master key"), "p")
    assert checked.status == "error"
    assert "enter the secret again" in checked.last_heartbeat_error


@pytest.mark.parametrize(
    ("kind", "status", "trusted"),
    [
        ("auth", "error", False),
        ("budget", "error", False),
        ("model_missing", "error", False),
        ("unreachable", "error", True),
        ("server", "active", True),
        ("rate_limited", "active", True),
        ("context_overflow", "active", True),
        ("cut_off", "active", True),
    ],
)
async def test_calls_are_counted_and_hard_refusals_stop_the_work(
    db: Database, vault: Vault, register: Register, kind: Kind, status: str, trusted: bool
) -> None:
    await register()
    await health.check(db, vault, "p")
    async with db.write() as tx:
        await health.record_call(tx, "p", tokens=100, latency_ms=50)
        await health.record_call(tx, "p", tokens=7, latency_ms=90, error=ProviderError("no", kind=kind))
    async with db.read() as tx:
        row = await service.get(tx, "p")
    assert (row.total_requests, row.failed_requests, row.total_tokens, row.total_latency_ms) == (2, 1, 107, 50)
    assert (row.status, row.verified_at is not None) == (status, trusted)


async def test_calls_that_fail_one_after_the_other_stop_the_work_until_one_is_answered(
    db: Database, vault: Vault, register: Register
) -> None:
    await register()
    await health.check(db, vault, "p")
    seen = []
    for error in (ProviderError("no", kind="server"), None, *[ProviderError("no", kind="garbage")] * 3, None):
        async with db.write() as tx:
            await health.record_call(tx, "p", tokens=1, latency_ms=1, answered_by="other", error=error)
        async with db.read() as tx:
            row = await service.get(tx, "p")
        seen.append((row.status, row.doubt))
    assert seen == [("active", "")] * 4 + [("error", "garbage"), ("healthy", "")]
    assert (row.selected_model, row.last_heartbeat_error) == ("other", "")


async def test_parallel_calls_are_all_counted(db: Database, vault: Vault, register: Register) -> None:
    await register()

    async def call() -> None:
        async with db.write() as tx:
            await health.record_call(tx, "p", tokens=3, latency_ms=1)

    await asyncio.gather(*[call() for _ in range(25)])
    async with db.read() as tx:
        row = await service.get(tx, "p")
    assert (row.total_requests, row.total_tokens) == (25, 75)


class TestConfigured:
    """LOOM_PROVIDER__* at start."""

    async def ensure(self, db: Database, vault: Vault, settings: Settings, **provider: object) -> Provider:
        changed = settings.model_copy(update={"provider": ProviderSettings.model_validate(provider)})
        assert await health.ensure_configured(db, vault, changed) == "default"
        async with db.read() as tx:
            return await service.get(tx, "default")

    async def test_nothing_configured_registers_nothing(
        self, db: Database, vault: Vault, settings: Settings, told: Told
    ) -> None:
        assert await health.ensure_configured(db, vault, settings) is None
        assert await told() == []

    async def test_registers_once_and_follows_the_settings(
        self, db: Database, vault: Vault, settings: Settings, told: Told, provider_process: ProviderProcess
    ) -> None:
        url = provider_process.root
        made = await self.ensure(db, vault, settings, url=url, api_key="k", price_input=3, price_output=15.5)
        assert (made.endpoint, made.price_input, made.price_output) == (provider_process.url, 3_000_000, 15_500_000)
        assert (await health.check(db, vault, "default")).model == "test-model"
        again = await self.ensure(db, vault, settings, url=url, api_key="k", price_input=3, price_output=15.5)
        assert (again.status, again.revision, again.model) == ("active", 1, "test-model")
        assert len(await told()) == 2
        moved = await self.ensure(db, vault, settings, url=url, model="other")
        assert (moved.status, moved.model, moved.key_id == made.key_id) == ("pending", "other", True)

    async def test_a_bad_address_is_refused_with_a_sentence(
        self, db: Database, vault: Vault, settings: Settings
    ) -> None:
        with pytest.raises(Invalid, match="endpoint"):
            await self.ensure(db, vault, settings, url="localhost:8090")


def test_status_words_are_the_guides() -> None:
    assert [status.value for status in ProviderStatus] == ["pending", "active", "healthy", "error", "failed"]


async def test_a_check_is_paid_for_and_its_answer_says_what_it_cost(client: AsyncClient, register: Register) -> None:
    await register(prices=Prices(input=1_000_000, output=2_000_000))
    answer = await client.post("/api/v1/providers/p/check")
    assert answer.status_code == 200
    assert answer.headers["X-Loom-Cost"].startswith("$0.0")
    (call,) = (await client.get("/api/v1/ledger?purpose=check")).json()["calls"]
    assert answer.headers["X-Loom-Cost-Micros"] == str(call["cost_micros"])
    assert "X-Loom-Cost" not in (await client.get("/api/v1/providers/p")).headers
    changed = await client.put("/api/v1/providers/p", json={"model": "test-model-2", "prices": {"input": None}})
    assert changed.headers["X-Loom-Cost"] == "unpriced"
    (monthly,) = (await client.get("/api/v1/budgets?window=monthly")).json()
    await client.patch(f"/api/v1/budgets/{monthly['id']}", json={"limit_micros": 0})
    refused = await client.post("/api/v1/providers/p/check")
    assert "X-Loom-Cost" not in refused.headers
    assert "It was not asked for a completion" in refused.json()["last_heartbeat_error"]
