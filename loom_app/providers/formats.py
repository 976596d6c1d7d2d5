"""In which form a model is asked for actions, chosen by what is known of it and what its provider has taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.providers import repository
from loom_app.providers.modelnames import parse
from loom_app.providers.models import ActionFormat, Provider
from loom_app.providers.telling import tell

SMALL = 9.0
"""Billions of parameters up to which a model is asked for one action at a time."""
ROOMY = 16_000
"""Tokens of context from which on there is room for the functions, which take some thousands."""
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
    choice = Choice(wanted, "A person chose it.") if wanted is not ActionFormat.AUTO else _expected(provider)
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


def _expected(provider: Provider) -> Choice:
    spec = parse(provider.model)
    size, window = spec.total_params_b, provider.context_window or spec.context
    if size is not None and size <= SMALL:
        return Choice(
            ActionFormat.SIMPLE, f"A model of {size:g} billion parameters does best with one action at a time."
        )
    if spec.calls and (window is None or window >= ROOMY):
        return Choice(ActionFormat.TOOLS, f"Models of the line {spec.family} call functions.")
    return Choice(ActionFormat.ENVELOPE, "It is not known to call functions.")


def _refusal(provider: Provider, format_: ActionFormat, moment: datetime) -> str:
    """Why a form did not do with the model that is asked now; empty where that is not known, or long ago."""
    known = provider.refused_formats.get(format_)
    if not known or known["model"] != provider.model:
        return ""
    return str(known["why"]) if moment - datetime.fromisoformat(known["at"]) < REMEMBERED else ""
