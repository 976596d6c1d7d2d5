"""The rules of prices: by provider and model, from a moment on. What holds at one moment never changes afterwards."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.columns import table
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.kernel.money import dollars
from loom_app.ledger import service as ledger
from loom_app.providers.chat import ModelInfo
from loom_app.providers.listed_prices import listed_rates
from loom_app.providers.models import ModelPrice, Provider, ProviderType
from loom_app.providers.rates import KINDS, UNPRICED, Rates
from loom_app.providers.telling import tell

PRICES = table(ModelPrice)
OWN = ""
"""Stands for every model of a provider that has no price of its own."""
MOST_ROWS = 5_000
"""How many prices a provider can have had."""
FURTHEST = timedelta(days=3660)
CLOCKS_DIFFER = timedelta(minutes=1)


async def history(tx: AsyncSession, provider_id: str, model: str | None = None) -> Sequence[ModelPrice]:
    """Every price of the provider's models, or of one of them: by model, the newest first."""
    query = select(ModelPrice).where(col(ModelPrice.provider_id) == provider_id)
    if model is not None:
        query = query.where(col(ModelPrice.model) == model)
    ordered = query.order_by(col(ModelPrice.model), col(ModelPrice.valid_from).desc())
    return (await tx.execute(ordered)).scalars().all()


async def rates_at(tx: AsyncSession, provider: Provider, models: Iterable[str], moment: datetime) -> list[Rates]:
    """What each of `models` cost at `moment`: its own price, else the provider's for all models."""
    wanted = list(models)
    valid = await _valid(tx, provider, wanted, moment)
    return [valid.get(model, valid[OWN]) for model in wanted]


async def paid(tx: AsyncSession, provider: Provider, asked: str, answered: str, moment: datetime) -> Rates:
    """What a call costs in which `answered` spoke where `asked` was asked for.

    The price is that of the model which answered; a dated or shorter name of the one asked for is the same model.
    """
    names = [answered or asked, *([asked] if is_same_model(asked, answered or asked) else [])]
    valid = await _valid(tx, provider, names, moment)
    return next((valid[name] for name in names if name in valid), valid[OWN])


async def dearest(tx: AsyncSession, provider: Provider, asked: str, moment: datetime) -> list[Rates]:
    """The rates that a call for `asked` can come to: where a router may let another model answer, those of all."""
    models = {asked}
    if provider.type == ProviderType.TOKENHUB or not asked:
        query = select(col(ModelPrice.model)).where(col(ModelPrice.provider_id) == provider.id).distinct()
        models |= set((await tx.execute(query)).scalars())
    found = await rates_at(tx, provider, sorted(models), moment)
    return [rates for model, rates in zip(sorted(models), found, strict=True) if model == asked or rates.known]


async def used_models(tx: AsyncSession, provider: Provider) -> list[str]:
    """The models that are asked for or have answered, and those with prices of their own, by name."""
    answered = await ledger.models_of(tx, provider.id)
    own = (await tx.execute(select(col(ModelPrice.model)).where(col(ModelPrice.provider_id) == provider.id))).scalars()
    return sorted({provider.model, provider.selected_model, *answered, *own} - {OWN})


def is_same_model(asked: str, answered: str) -> bool:
    """Whether `answered` is another name of `asked`: without the vendor before it, or with a date behind it."""
    plain, spoken = (name.rpartition("/")[2].lower() for name in (asked, answered))
    rest = spoken.removeprefix(plain)
    return spoken == plain or (spoken.startswith(plain) and rest[:1] in "-@:" and rest[1:2].isdigit())


async def set_price(
    tx: AsyncSession, provider: Provider, model: str, rates: Rates, *,
    valid_from: datetime | None = None, source: str = "people", actor: Actor,
) -> ModelPrice | None:  # fmt: skip
    """What `model` costs from `valid_from` on, from now without it; None when that is its price already.

    Raises Invalid for a price that makes no sense or a moment that has passed, Conflict for too many prices.
    """
    check(rates, model)
    since = _since(valid_from)
    if (await _valid(tx, provider, (model,), since)).get(model, UNPRICED) == rates:
        return None
    if (await _count(tx, provider.id)) >= MOST_ROWS:
        raise Conflict(f"{provider.name} has had {MOST_ROWS:,} prices, and takes no more.", code="too_many")
    row = await tx.merge(
        ModelPrice(
            provider_id=provider.id, model=model, valid_from=since, source=source, set_by=actor.id, set_at=now(),
            **{f"price_{kind}": rate for kind, rate in rates.as_json().items()},
        )
    )  # fmt: skip
    await tx.flush()
    if model == OWN and since <= now():
        _keep_own(provider, rates)
    told = {"name": provider.name, "model": model, "valid_from": rfc3339(since), "source": source}
    tell(tx, "provider.priced", provider, actor, {**told, "prices": rates.as_json()})
    return row


def _keep_own(provider: Provider, rates: Rates) -> None:
    """The provider shows the present price of its models as its own."""
    for kind, rate in rates.as_json().items():
        setattr(provider, f"price_{kind}", rate)


async def note_own(tx: AsyncSession, provider: Provider, actor: Actor) -> None:
    """Keeps the provider's own prices in the history whenever they are others than before."""
    await tx.flush()
    rates = Rates.of(provider)
    before = next(iter(await history(tx, provider.id, OWN)), None)
    if rates == (UNPRICED if before is None else Rates.of(before)):
        return
    own: dict[str, Any] = {f"price_{kind}": rate for kind, rate in rates.as_json().items()}
    tx.add(ModelPrice(provider_id=provider.id, model=OWN, valid_from=now(), set_by=actor.id, **own))
    await tx.flush()


async def take_over(
    tx: AsyncSession, provider: Provider, offered: Sequence[ModelInfo], *, actor: Actor
) -> tuple[list[str], list[str]]:
    """Sets the prices that the provider's list of models tells. Answers the models whose price is another now, and
    those the list tells no usable price of."""
    changed, silent = [], []
    for entry in offered:
        rates = listed_rates(entry.pricing)
        if rates is None:
            silent.append(entry.id)
        elif await set_price(tx, provider, entry.id[:300], rates, source="provider", actor=actor):
            changed.append(entry.id)
    return changed, silent


def check(rates: Rates, model: str) -> None:
    """Raises Invalid for prices with which no cost could be reckoned, or that were mistaken for others."""
    named = model or "models without a price of their own"
    if not rates.known and rates != UNPRICED:
        raise Invalid(
            f"A price of {named} needs both input and output, in micro-dollars per million tokens; 0 is free.",
            code="price_missing",
        )
    if rates.input is not None and (rates.cached_input or 0) > rates.input:
        raise Invalid(
            f"Cached input of {named} would cost more ({dollars(rates.cached_input)} a million tokens) than fresh "
            f"input ({dollars(rates.input)}). Were the two mistaken for one another?",
            code="price_absurd",
        )


def _since(wanted: datetime | None) -> datetime:
    moment = now()
    if wanted is None:
        return moment
    if not moment - CLOCKS_DIFFER <= wanted <= moment + FURTHEST:
        raise Invalid(
            f"A price cannot hold from {rfc3339(wanted)} on: what was paid before now stays as it was. Name a moment "
            "from now on, within ten years.",
            code="price_in_the_past",
        )
    return max(wanted, moment)


async def _valid(tx: AsyncSession, provider: Provider, models: Sequence[str], moment: datetime) -> dict[str, Rates]:
    """The prices at `moment` of those of `models` that have their own, and the provider's for the others as OWN.

    A model whose price was taken away again costs what the others do.
    """
    given = {"provider": provider.id, "moment": moment, "models": [*models, OWN]}
    rows = (await (await tx.connection()).execute(_newest(), given)).all()
    found = {row.model: Rates.of(row) for row in rows}
    own = found.pop(OWN, Rates.of(provider))
    return {model: rates for model, rates in found.items() if rates != UNPRICED} | {OWN: own}


@cache
def _newest() -> Select[Any]:
    """The price of each of some models of a provider that holds at a moment."""
    of_provider, since = PRICES.c.provider_id == bindparam("provider"), func.max(PRICES.c.valid_from)
    newest = select(PRICES.c.model, since.label("since")).where(
        of_provider, PRICES.c.valid_from <= bindparam("moment"), PRICES.c.model.in_(bindparam("models", expanding=True))
    )
    last = newest.group_by(PRICES.c.model).subquery()
    same = and_(PRICES.c.model == last.c.model, PRICES.c.valid_from == last.c.since)
    rates = [PRICES.c[f"price_{kind}"] for kind in KINDS]
    return select(PRICES.c.model, *rates).select_from(PRICES.join(last, same)).where(of_provider)


async def _count(tx: AsyncSession, provider_id: str) -> int:
    query = select(func.count()).select_from(ModelPrice).where(col(ModelPrice.provider_id) == provider_id)
    return (await tx.execute(query)).scalar_one()
