"""What the API takes and gives of prices."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, model_validator

from loom_app.kernel.money import dollars
from loom_app.kernel.rest import Body, Lenient
from loom_app.providers.models import ModelPrice
from loom_app.providers.rates import UNPRICED, Rates
from loom_app.providers.schemas import Model, Prices


class PriceDraft(Body):
    """What a model costs from a moment on: micro-dollars per million tokens, input and output at least.

    An empty `model` stands for every model of the provider without a price of its own. `prices` null takes the price
    away again: then the model costs what the others do, or is unpriced.
    """

    model: Model = ""
    prices: Annotated[Prices | None, Lenient]
    valid_from: Annotated[datetime | None, Lenient] = Field(None, description="From now on without it; never the past.")

    @model_validator(mode="after")
    def _with_zone(self) -> Self:
        if self.valid_from is not None and self.valid_from.tzinfo is None:
            raise ValueError("valid_from has no time zone; write it like 2026-02-21T09:30:00Z")
        return self

    def rates(self) -> Rates:
        """The rates this names."""
        return UNPRICED if self.prices is None else Rates(**self.prices.model_dump())


class PriceView(BaseModel):
    """A price that a model has, had or will have."""

    model: str
    valid_from: datetime
    valid_until: datetime | None = Field(description="When the next one takes its place.")
    is_present: bool
    prices: Prices
    input: str = Field(description="Dollars per million tokens, for people.")
    output: str
    source: str
    set_by: str

    @classmethod
    def of(cls, row: ModelPrice, *, until: datetime | None, is_present: bool) -> "PriceView":
        """The view of a row."""
        return cls(
            model=row.model, valid_from=row.valid_from, valid_until=until, is_present=is_present,
            prices=Prices(**Rates.of(row).as_json()), input=dollars(row.price_input), output=dollars(row.price_output),
            source=row.source, set_by=row.set_by,
        )  # fmt: skip


class PriceList(BaseModel):
    """The prices of a provider's models, by model and the newest first, and the models in use that have none."""

    prices: list[PriceView]
    unpriced: list[str]


class PricesTakenOver(BaseModel):
    """What the provider's own list of models told: whose price is another now, and of which models it tells none."""

    changed: list[str]
    silent: list[str]
    offered: int


def listed(rows: list[ModelPrice], moment: datetime) -> list[PriceView]:
    """The views of `rows`, which come by model and the newest first."""
    views: list[PriceView] = []
    later: dict[str, datetime] = {}
    present: set[str] = set()
    for row in rows:
        here = row.valid_from <= moment and row.model not in present
        present |= {row.model} if here else set()
        views.append(PriceView.of(row, until=later.get(row.model), is_present=here))
        later[row.model] = row.valid_from
    return views


def unpriced_first(models: list[str], rates: list[Rates]) -> list[str]:
    """Those of `models` whose cost could not be reckoned."""
    pairs: list[Any] = list(zip(models, rates, strict=True))
    return [model for model, rate in pairs if not rate.known]
