"""Trying again: how often, how soon, under which key, and when not at all."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.providers import retry
from loom_app.providers.chat import ChatRequest, Timeouts
from loom_app.providers.client import ProviderClient
from loom_app.providers.errors import ProviderError
from loom_app.providers.retry import chat_with_retries, delay_before, with_retries
from tests.support.provider_process import ProviderProcess

REQUEST = ChatRequest("test-model", [{"role": "user", "content": "hi"}], idempotency_key="run-1/turn-2")


@pytest.fixture
async def client(provider_process: ProviderProcess) -> AsyncIterator[ProviderClient]:
    async with ProviderClient(provider_process.url, timeouts=Timeouts(2, 2, 10)) as opened:
        yield opened


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the first delay so that no test waits for it."""
    monkeypatch.setattr(retry, "FIRST_DELAY", 0.001)


def keys(process: ProviderProcess) -> list[str]:
    return [row["headers"]["idempotency-key"] for row in process.log()]


@pytest.mark.usefixtures("quick")
async def test_passing_faults_are_tried_again(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"status": 503}, {"nothing": True}, {"reply": "at last"})
    failures: list[str] = []
    reply = await chat_with_retries(client, REQUEST, on_retry=lambda error, delay: failures.append(error.kind))
    assert reply.text == "at last"
    assert failures == ["server", "cut_off"]
    assert keys(provider_process) == ["run-1/turn-2"] * 3


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "step", [{"status": 429, "retry_after": 0}, {"garbage": True}, {"reply": "long enough", "cut_after": 3}], ids=str
)
async def test_after_any_answer_the_key_is_fresh(
    client: ProviderClient, provider_process: ProviderProcess, step: dict[str, Any]
) -> None:
    provider_process.config(idempotency=True)
    provider_process.script(step, step, {"reply": "at last"})
    assert (await chat_with_retries(client, REQUEST)).text == "at last"
    assert len(set(keys(provider_process))) == 3
    assert "replayed" not in [row["outcome"] for row in provider_process.log()]


@pytest.mark.usefixtures("quick")
async def test_the_number_of_tries_is_bounded(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"status": 500, "times": 0})
    with pytest.raises(ProviderError, match="trouble of its own"):
        await chat_with_retries(client, REQUEST)
    assert len(provider_process.log()) == 4
    with pytest.raises(ProviderError):
        await chat_with_retries(client, REQUEST, tries=1)
    assert len(provider_process.log()) == 5


async def test_a_wait_longer_than_the_time_left_is_not_begun(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    provider_process.script({"status": 429, "retry_after": 3600}, {"reply": "never asked"})
    with pytest.raises(ProviderError) as caught:
        await chat_with_retries(client, REQUEST)
    assert caught.value.retry_after == 3600
    assert len(provider_process.log()) == 1


@pytest.mark.parametrize(
    "step",
    [
        {"status": 401},
        {"status": 400, "body": "no"},
        {"context_overflow": "openai"},
        {"status": 429, "body": {"error": "monthly budget exceeded"}},
    ],
    ids=str,
)
async def test_what_cannot_pass_is_not_tried_again(
    client: ProviderClient, provider_process: ProviderProcess, step: dict[str, Any]
) -> None:
    provider_process.script(step, {"reply": "never asked"})
    with pytest.raises(ProviderError):
        await chat_with_retries(client, REQUEST)
    assert len(provider_process.log()) == 1


async def test_waits_as_long_as_the_provider_asks(client: ProviderClient, provider_process: ProviderProcess) -> None:
    provider_process.script({"status": 429, "retry_after": 0.2}, {"reply": "ok"})
    delays: list[float] = []
    await chat_with_retries(client, REQUEST, on_retry=lambda error, delay: delays.append(delay))
    first, second = provider_process.log()
    assert 0.2 <= delays[0] <= 0.5
    assert second["at"] - first["at"] >= 0.2


async def test_after_the_deadline_nothing_is_waited_for(
    client: ProviderClient, provider_process: ProviderProcess
) -> None:
    provider_process.script({"hang": True, "times": 0})
    with pytest.raises(ProviderError, match=r"had not answered after 0\.2 seconds") as caught:
        await chat_with_retries(client, REQUEST, deadline=0.2)
    assert caught.value.kind == "timeout"


async def test_cancelling_ends_the_wait() -> None:
    async def fail(last: ProviderError | None) -> None:
        raise ProviderError("down", kind="server", retry_after=30)

    task = asyncio.create_task(with_retries(fail))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@given(
    st.integers(1, 20),
    st.floats(0, 0.999),
    st.one_of(st.none(), st.floats(0, 100)),
)
def test_delays_grow_stay_bounded_and_honour_retry_after(
    repetition: int, chance: float, retry_after: float | None
) -> None:
    delay = delay_before(repetition, ProviderError("down", kind="server", retry_after=retry_after), chance)
    assert (retry_after or 0) <= delay <= (retry_after or 0) + retry.LONGEST_DELAY
    if retry_after is None:
        assert delay >= retry.FIRST_DELAY / 2
