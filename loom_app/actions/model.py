"""What every action has in common."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Effect = Literal["read", "idempotent", "once"]
"""What repeating an interrupted action would do: nothing, the same again, or a second effect."""


class ActionModel(BaseModel):
    """An action as a model asks for it. `example` is the smallest right one; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)
    effect: ClassVar[Effect] = "once"
    keyed: ClassVar[bool] = False
    """Whether board or repository know the action's key, so that a repeat answers with the first result."""
    example: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """The action's type on the wire."""
        return str(getattr(self, "type"))  # noqa: B009 - declared by each kind of action, not here

    def parameters(self) -> dict[str, Any]:
        """The fields that were given, by their own names, for the record."""
        return self.model_dump(exclude={"type"}, exclude_none=True)
