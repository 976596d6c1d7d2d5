"""In which form a model is asked for actions, chosen by what is known of it and what its provider has taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.providers import repository
from loom_app.providers.modelnames import ModelSpec, parse
from loom_app.providers.models import ActionFormat, Provider
from loom_app.providers.telling import tell

SMALL = 9.0
"""Billions of parameters up to which a model is asked for one action at a time."""
REMEMBERED = timedelta(days=7)
"""How long a form that did not do is not tried again."""
SIMPLER: Mapping[ActionFormat, ActionFormat] = MappingProxyType(
    {ActionFormat.TOOLS: ActionFormat.ENVELOPE, ActionFormat.ENVELOPE: ActionFormat.SIMPLE}
)
"""What is tried after a form that did not do."""
NAMES: Mapping[ActionFormat, str] = MappingProxyType(
    {
        ActionFormat.TOOLS: "Calling functions",
        ActionFormat.ENVELOPE: "JSON with several actions",
        ActionFormat.SIMPLE: "JSON with one action",
    }
)
MOST_WHY = 300


@dataclass(frozen=True, slots=True)
class Choice:
    """A form and why it is the one, in a sentence."""

    format: ActionFormat
    why: str


def choose(provider: Provider, moment: datetime) -> Choice:
    """The form a new run asks in."""
    wanted = ActionFormat(provider.action_format)
    choice = _expected(parse(provider.model)) if wanted is ActionFormat.AUTO else Choice(wanted, "A person chose it.")
    while (simpler := SIMPLER.get(choice.format)) and (why := _refusal(provider, choice.format, moment)):
        choice = Choice(simpler, f"{NAMES[choice.format]} did not do: {why}")
    return choice


async def refuse(tx: AsyncSession, provider_id: str, format_: ActionFormat, why: str) -> None:
    """Remembers that a form did not do, so that the next run does not try it. A provider that is gone stays so."""
    provider = await repository.get(tx, provider_id)
    if provider is None:
        return
    known = {"why": " ".join(why.split())[:MOST_WHY], "at": now().isoformat(), "model": provider.model}
    provider.refused_formats = {**provider.refused_formats, format_: known}
    tell(tx, "provider.updated", provider, SYSTEM, {"name": provider.name, "fields": ["refused_formats"]})


def _expected(spec: ModelSpec) -> Choice:
    size = spec.total_params_b
    if size is not None and size <= SMALL:
        return Choice(
            ActionFormat.SIMPLE, f"A model of {size:g} billion parameters does best with one action at a time."
        )
    if spec.calls:
        return Choice(ActionFormat.TOOLS, f"Models of the line {spec.family} call functions.")
    return Choice(ActionFormat.ENVELOPE, "Models of this size answer with several actions at once.")


def _refusal(provider: Provider, format_: ActionFormat, moment: datetime) -> str:
    """Why a form did not do with the model that is asked now; empty where that is not known, or long ago."""
    known = provider.refused_formats.get(format_)
    if not known or known["model"] != provider.model:
        return ""
    return str(known["why"]) if moment - datetime.fromisoformat(known["at"]) < REMEMBERED else ""
