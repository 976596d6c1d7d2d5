"""What every request body and answer stands on. Commands know them too, so nothing of the server is loaded here."""

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from loom_app.kernel.storable import storable


class Body(BaseModel):
    """What a client sends: nothing is converted, nothing unknown let through, nor what no database could keep."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        return storable(value)


class Shown(BaseModel):
    """What an answer holds, no more and no less: a member that is not described is a fault of ours."""

    model_config = ConfigDict(extra="forbid")


Lenient = Field(strict=False)
"""For enumerations and parts, which JSON can only write as texts and objects."""


def without(given: Any, names: Collection[str]) -> Any:
    """A body without what a client that sends back all it was shown includes and cannot change."""
    return {name: value for name, value in given.items() if name not in names} if isinstance(given, dict) else given
