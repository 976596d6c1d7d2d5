"""In which form a turn asks for actions, and how that changes within a run."""

from collections.abc import Mapping

from loom_app.actions.faults import ReplyError
from loom_app.actions.model import ActionModel
from loom_app.actions.protocol import ENVELOPE, instructions
from loom_app.kernel.clock import now
from loom_app.providers import formats
from loom_app.providers.models import ActionFormat, Provider

UNFIT = frozenset({"empty", "prose", "invalid_json"})
"""Faults that tell of a model the form is too much for."""

Actions = Mapping[str, type[ActionModel]]


def first_form(provider: Provider) -> str:
    """The form in which a run begins to ask."""
    return str(formats.choose(provider, now()).format)


def form_after(provider: Provider, form: str, fault: ReplyError | None = None) -> str:
    """The form of the next turn: a simpler one after a reply that shows that this one is too much for the model.

    What a person chose stays.
    """
    if fault is None or fault.kind not in UNFIT or provider.action_format != ActionFormat.AUTO:
        return form
    return str(formats.SIMPLER.get(ActionFormat(form or ENVELOPE), form))


def in_form(system: str, actions: Actions, told: str, form: str) -> str:
    """A run's system prompt, which tells of the form `told`, for asking in `form`."""
    if form == told:
        return system
    before, after = instructions(actions, told), instructions(actions, form)
    return system.replace(before, after) if before in system else f"{system}\n\nFrom now on:\n\n{after}"
