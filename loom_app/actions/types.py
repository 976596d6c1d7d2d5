"""Every action that is offered, and the reply they come in."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny
from pydantic.fields import FieldInfo

from loom_app.actions.kinds import beads, commands, files, git, navigation, pullrequests, refactoring, team
from loom_app.actions.model import ActionModel

MAX_ACTIONS = 20
"""The most actions of one reply that are carried out."""

CORE: Mapping[str, type[ActionModel]] = {
    model.model_fields["type"].default: model
    for kinds in (files, navigation, refactoring, commands, git, pullrequests, team, beads)
    for model in kinds.KINDS
}
"""Every action by its type, in the order models are told of them."""


class Reply(BaseModel):
    """A reply that was read: what to do, what the model said beside it, and what it should be told about its form."""

    model_config = ConfigDict(frozen=True)
    actions: list[SerializeAsAny[ActionModel]] = Field(min_length=1, max_length=MAX_ACTIONS)
    notes: str = ""
    remarks: list[str] = []


def load_action(name: str, parameters: Mapping[str, Any]) -> ActionModel:
    """An action from the record, as `name` and `parameters()` put it there.

    Raises pydantic's ValidationError, and KeyError for a name there is not.
    """
    return CORE[name].model_validate({**parameters, "type": name})


def wire_names(field: str, spec: FieldInfo) -> list[str]:
    """Every name a field is taken under, its own first."""
    choices = getattr(spec.validation_alias, "choices", ())
    return [field, *(str(choice) for choice in choices if choice != field)]
