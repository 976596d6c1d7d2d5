"""What a tool for reading is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.actor import Actor
from loom_app.kernel.storable import storable
from loom_app.repl.found import Found

ProjectId = Field("", max_length=200, description="A project's id; empty for all.")


class Arguments(BaseModel):
    """What a tool takes. Models write texts for numbers, and numbers for texts."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    @field_validator("*", mode="before")
    @classmethod
    def _kept(cls, value: Any) -> Any:
        return storable(value)


@dataclass(frozen=True)
class Asking:
    """Who asks, within which transaction."""

    tx: AsyncSession
    actor: Actor
    settings: Settings


@dataclass(frozen=True)
class Tool:
    """One way to read. What `takes` says of itself is what a model is told of it."""

    name: str
    permission: str
    takes: type[Arguments]
    look: Callable[[Asking, Any], Awaitable[Found]]
    doing: str
    """What people are told while it looks."""
