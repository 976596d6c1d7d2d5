"""Prices by provider and model: from a moment on, never for the past, never absurd."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.providers import prices, service
from loom_app.providers.chat import ModelInfo
from loom_app.providers.listed_prices import listed_rates
from loom_app.providers.rates import UNPRICED, Rates
from loom_app.providers.schemas import Prices
from tests.providers.conftest import Register, Told

CHEAP, DEAR = Rates(input=1_000_000, output=2_000_000), Rates(input=5_000_000, output=9_000_000)


async def test_a_price_holds_from_its_moment_on_and_the_past_stays(
    db: Database, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register(prices=Prices(input=3, output=4))
    start = now()
    for days, rates in ((1, CHEAP), (2, DEAR), (3, UNPRICED)):
        monkeypatch.setattr(prices, "now", lambda days=days: start + timedelta(days=days))
        async with db.write() as tx:
            await prices.set_price(tx, await service.get(tx, "p"), "big", rates, actor=SYSTEM)
    own = Rates(input=3, output=4)
    async with db.read() as tx:
        provider = await service.get(tx, "p")
        for later, wanted in ((0.5, own), (1.5, CHEAP), (2.5, DEAR), (3.5, own)):
            assert await prices.rates_at(tx, provider, ("big", "small"), start + timedelta(days=later)) == [wanted, own]


async def test_who_answered_is_paid_and_other_names_of_a_model_are_that_model(db: Database, register: Register) -> None:
    await register()
    async with db.write() as tx:
        provider = await service.get(tx, "p")
        await prices.set_price(tx, provider, "vendor/gpt-9", CHEAP, actor=SYSTEM)
        await prices.set_price(tx, provider, "other", DEAR, actor=SYSTEM)
        moment = now()
        for asked, answered, wanted in (
            ("vendor/gpt-9", "gpt-9-2026-01-05", CHEAP),
            ("vendor/gpt-9", "", CHEAP),
            ("vendor/gpt-9", "other", DEAR),
            ("vendor/gpt-9", "gpt-9-mini", UNPRICED),
            ("", "other", DEAR),
            ("", "gpt-9", UNPRICED),
        ):
            assert await prices.paid(tx, provider, asked, answered, moment) == wanted, (asked, answered)


async def test_where_a_router_may_choose_the_dearest_model_is_reckoned_with(db: Database, register: Register) -> None:
    await register(type="tokenhub")
    async with db.write() as tx:
        provider = await service.get(tx, "p")
        await prices.set_price(tx, provider, "a", CHEAP, actor=SYSTEM)
        await prices.set_price(tx, provider, "b", DEAR, actor=SYSTEM)
        assert set(await prices.dearest(tx, provider, "a", now())) == {CHEAP, DEAR}
        assert UNPRICED in await prices.dearest(tx, provider, "unknown", now())
        provider.type = "vllm"
        assert await prices.dearest(tx, provider, "a", now()) == [CHEAP]


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        (Rates(input=5), "needs both input and output"),
        (Rates(output=5), "needs both input and output"),
        (Rates(input=5, cached_input=6, output=5), "mistaken for one another"),
    ],
)
def test_prices_that_make_no_sense_are_refused(rates: Rates, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        prices.check(rates, "big")


async def test_prices_over_rest(client: AsyncClient, register: Register, told: Told) -> None:
    await register(prices=Prices(input=3, output=4))
    address = "/api/v1/providers/p/prices"
    body = {"model": "big/one", "prices": {"input": 1_500_000, "output": 6_000_000, "cached_input": 750_000}}
    made = await client.post(address, json=body)
    assert made.status_code == 201, made.text
    (own, big) = made.json()["prices"]
    assert (own["model"], big["model"], big["input"], big["is_present"]) == ("", "big/one", "$1.50", True)
    tomorrow = rfc3339(now() + timedelta(days=1))
    next_one = {**body, "prices": {"input": 2, "output": 2}, "valid_from": tomorrow}
    later = (await client.post(address, json=next_one)).json()
    assert [row["is_present"] for row in later["prices"]] == [True, False, True]
    assert later["prices"][2]["valid_until"] == later["prices"][1]["valid_from"]
    assert later["unpriced"] == []
    past = await client.post(address, json={**body, "valid_from": "2020-01-01T00:00:00Z"})
    assert past.json()["code"] == "price_in_the_past"
    for wrong in (
        {"input": -1, "output": 1},
        {"input": 10**11, "output": 1},
        {"input": 1},
        {"input": "1", "output": 1},
    ):
        refused = await client.post(address, json={"model": "m", "prices": wrong})
        assert refused.status_code in (400, 422), wrong
        assert len(refused.json()["detail"]) > 10
    assert [data["model"] for type_, data in await told() if type_ == "provider.priced"] == ["big/one", "big/one"]


async def test_a_model_without_a_price_is_flagged(client: AsyncClient, register: Register) -> None:
    await register()
    assert (await client.get("/api/v1/providers/p/prices")).json() == {"prices": [], "unpriced": ["test-model"]}


@pytest.mark.parametrize(
    ("pricing", "wanted"),
    [
        (
            {"prompt": "0.000003", "completion": "0.000015", "input_cache_read": "0.0000003", "image": "0"},
            Rates(input=3_000_000, cached_input=300_000, output=15_000_000),
        ),
        ({"prompt": "0", "completion": "0", "input_cache_read": "0"}, Rates(input=0, output=0)),
        ({"prompt": "1.5e-7", "completion": "6e-7", "internal_reasoning": "0"}, Rates(input=150_000, output=600_000)),
        ({"input": 0.88, "output": 0.88, "hourly": 0}, Rates(input=880_000, output=880_000)),
        ({"prompt": "-1", "completion": "-1"}, None),
        ({"prompt": "0.1", "completion": "1"}, None),
        ({"prompt": "cheap", "completion": "1e-6"}, None),
        ({"prompt": True, "completion": 1}, None),
        ({"prompt": "NaN", "completion": "Infinity"}, None),
        ({"prompt": "1e-6"}, None),
        ({}, None),
        (None, None),
    ],
)  # fmt: skip
def test_prices_of_lists_of_models(pricing: dict[str, Any] | None, wanted: Rates | None) -> None:
    assert listed_rates(pricing) == wanted


async def test_the_prices_of_a_list_are_taken_over_once(db: Database, register: Register) -> None:
    await register()
    offered = [ModelInfo("a", None, {"input": 1, "output": 2}), ModelInfo("b"), ModelInfo("c", None, {"prompt": "-1"})]
    for wanted in (["a"], []):
        async with db.write() as tx:
            provider = await service.get(tx, "p")
            assert await prices.take_over(tx, provider, offered, actor=SYSTEM) == (wanted, ["b", "c"])
