"""The model that is asked, and what may be spent on it."""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from loom_app.kernel.settings import Section


class ProviderSettings(Section):
    """A provider registered at start, any OpenAI-compatible endpoint. Prices are dollars per million tokens."""

    url: str = ""
    model: str = ""
    api_key: str = Field("", repr=False)
    action_format: Literal["", "auto", "tools", "envelope", "simple"] = ""
    """How the model is asked for actions; empty leaves it as it is on the page."""
    price_input: float | None = Field(None, ge=0)
    price_cached_input: float | None = Field(None, ge=0)
    price_output: float | None = Field(None, ge=0)
    heartbeat_seconds: float = Field(30, gt=0)


class BudgetSettings(Section):
    """Ceilings that hold where nobody set others, in dollars, null for none; `total` is for the life of a bead.

    Days and months begin at midnight in `time_zone`.
    """

    time_zone: str = "UTC"
    alert_percent: int = Field(80, ge=1, le=100)
    """From how much of a limit on people are warned."""
    allow_unpriced: bool = True
    """Whether these ceilings let models without a price be called, whose cost nobody knows."""
    system_daily: float | None = Field(100, ge=0, le=10**9)
    system_monthly: float | None = Field(2000, ge=0, le=10**9)
    project_daily: float | None = Field(None, ge=0, le=10**9)
    project_monthly: float | None = Field(None, ge=0, le=10**9)
    agent_daily: float | None = Field(None, ge=0, le=10**9)
    user_daily: float | None = Field(None, ge=0, le=10**9)
    bead_total: float | None = Field(None, ge=0, le=10**9)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone; name one such as Europe/Berlin or UTC") from error
        return name
