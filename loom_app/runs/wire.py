"""In which form a turn asks for actions, and how that changes within a run."""

import json
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.faults import FaultKind, ReplyError
from loom_app.actions.functions import functions, read_calls
from loom_app.actions.model import ActionModel
from loom_app.actions.parsing import parse_reply
from loom_app.actions.protocol import ENVELOPE, TOOLS, instructions, reply_schema
from loom_app.actions.types import Reply
from loom_app.context.sizes import size
from loom_app.kernel.clock import now
from loom_app.providers import formats
from loom_app.providers.models import ActionFormat, Provider
from loom_app.runs.models import Turn

UNFIT = frozenset({"empty", "prose", "invalid_json"})
"""Faults that tell of a model the form is too much for."""

WORDS_ONLY = "It answered in words instead of calling a function."

Actions = Mapping[str, type[ActionModel]]


def first_form(provider: Provider) -> str:
    """The form in which a run begins to ask."""
    return str(formats.choose(provider, now()).format)


def form_after(provider: Provider, turn: Turn, fault: ReplyError) -> str:
    """The form of the turn after one whose reply could not be read: a simpler one where this one is too much.

    What a person chose stays, and a model that called functions is told what is wrong with the call.
    """
    form = ActionFormat(turn.format or ENVELOPE)
    if fault.kind not in UNFIT or turn.tool_calls or provider.action_format != ActionFormat.AUTO:
        return str(form)
    return str(formats.SIMPLER.get(form, form))


async def fall_back(tx: AsyncSession, provider: Provider, form: str, why: str) -> str:
    """Remembers that the provider does not take `form`; the form that is tried instead."""
    refused = ActionFormat(form)
    await formats.refuse(tx, provider.id, refused, why)
    return str(formats.SIMPLER[refused])


def calls_nothing(provider: Provider, turns: Sequence[Turn], fault: ReplyError) -> bool:
    """Whether a model that was asked to call functions, as nobody chose for it, answered in words from the first."""
    asked = turns[-1].format == TOOLS and fault.kind in UNFIT and provider.action_format == ActionFormat.AUTO
    return asked and not any(turn.tool_calls for turn in turns)


def asked_for(form: str, actions: Actions) -> dict[str, Any]:
    """What goes with the messages of a request in `form`: the functions, or what the answer is to look like."""
    if form == TOOLS:
        return {"tools": functions(actions)}
    return {"response_schema": reply_schema(actions, form)}


def bytes_beside(asked: Mapping[str, Any]) -> int:
    """How much of the model's context the functions take; what an answer is to look like takes none."""
    return sum(size(json.dumps(each, ensure_ascii=False)) for each in asked.get("tools", ()))


def read(turn: Turn) -> Reply:
    """What the reply of a turn asks for. Raises ReplyError."""
    cut = turn.finish_reason == "length"
    if turn.tool_calls:
        return read_calls(turn.tool_calls, turn.said, cut=cut)
    return parse_reply(turn.reply or "", cut=cut)


def faults_before(turns: Sequence[Turn]) -> list[FaultKind]:
    """What was wrong with the replies right before that of the newest turn, the newest first, up to a good one."""
    kinds: list[FaultKind] = []
    for turn in takewhile(lambda turn: turn.fault, reversed(turns[:-1])):
        try:
            read(turn)
        except ReplyError as fault:
            kinds.append(fault.kind)
    return kinds


def in_form(system: str, actions: Actions, told: str, form: str) -> str:
    """A run's system prompt, which tells of the form `told`, for asking in `form`."""
    if form == told:
        return system
    before, after = instructions(actions, told), instructions(actions, form)
    return system.replace(before, after) if before in system else f"{system}\n\nFrom now on:\n\n{after}"
