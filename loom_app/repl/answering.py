"""A message to Loom, answered: by starting work, by a proposal, by a model, or from the data; and kept."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, LoomError
from loom_app.kernel.ids import new_id
from loom_app.ledger.models import Call
from loom_app.providers import service as providers
from loom_app.providers.models import Provider
from loom_app.repl import direct, repository, starting
from loom_app.repl.found import Link
from loom_app.repl.models import Answered, Exchange, Proposal
from loom_app.repl.proposing import propose
from loom_app.repl.reading.tool import Asking
from loom_app.repl.schemas import AnswerView, Question
from loom_app.repl.talking import Hearing, House, Talk

ASKS_FIRST = "This is what would be done. Nothing is until you confirm it."
KEPT, KEPT_FOR = 500, timedelta(days=90)
REMEMBERED, REMEMBERED_FOR = 3, timedelta(hours=1)
"""How many exchanges a model is told of, and how old they may be."""
REMEMBERED_CHARACTERS = 1_500
DEMO = "The demo's model plays a script and cannot answer, so this is read from the data directly."
NO_MODEL = "No provider works at present, so this is read from the data directly, by the words of your question."
INSTEAD = "So this is read from the data directly, by the words of your question."
_LINKED = re.compile(r"(\[[^\]\n]*\]\([^)\n]*\)|`[^`\n]*`|```.*?```)", re.DOTALL)


@dataclass
class Answer:
    """What is said to a message."""

    response: str
    answered: Answered
    links: Sequence[Link] = ()
    notice: str = ""
    suggestions: Sequence[str] = ()
    proposals: Sequence[Proposal] = ()
    bead_id: str = ""
    provider: Provider | None = None
    model: str = ""
    calls: Sequence[Call] = field(default=())


async def ask(house: House, actor: Actor, wanted: Question, hearing: Hearing | None = None) -> AnswerView:
    """The answer to a message, kept for whoever asked. Raises Forbidden for work that `actor` may not start."""
    began = time.monotonic()
    answer, refused = await _ordered(house, actor, wanted)
    task = None if answer or refused else starting.task_of(wanted.message)
    if task is not None:
        async with house.db.write() as tx:
            started = await starting.start(Asking(tx, actor, house.settings), task, wanted.project_id)
            answer = Answer(
                started.says, Answered.WORK, started.links, suggestions=started.suggestions,
                bead_id=started.bead.id if started.bead else "",
            )  # fmt: skip
            return await _keep(tx, actor, wanted, answer, began)
    answer = answer or await _answered(house, actor, wanted, hearing or Hearing(), refused)
    async with house.db.write() as tx:
        return await _keep(tx, actor, wanted, answer, began)


async def _ordered(house: House, actor: Actor, wanted: Question) -> tuple[Answer | None, str]:
    """The proposal of a change that was named outright, or why there is none."""
    order = direct.ordered(wanted.message)
    if order is None:
        return None, ""
    async with house.db.read() as tx:
        try:
            made = await propose(Asking(tx, actor, house.settings), *order)
        except Conflict as error:
            return Answer(error.message, Answered.PROPOSAL), error.message
        except LoomError as error:
            return None, error.message
    return Answer(ASKS_FIRST, Answered.PROPOSAL, proposals=[made]), ""


async def _answered(house: House, actor: Actor, wanted: Question, hearing: Hearing, refused: str) -> Answer:
    """By a model where one works, else from the data; `refused` is what an order came to that could not be taken."""
    async with house.db.read() as tx:
        provider = await providers.working(tx)
        before = await _remembered(tx, actor)
    if provider is None or provider.is_demo:
        return await _from_data(house, actor, wanted.message, refused or (NO_MODEL if provider is None else DEMO))
    talk = Talk(house, actor, provider, hearing, wanted.timeout_sec)
    try:
        async with asyncio.timeout(wanted.timeout_sec):
            text = await talk.answer(wanted.message, before)
    except (LoomError, TimeoutError) as error:
        hearing.void()
        answer = await _from_data(house, actor, wanted.message, f"{_why(error, wanted)} {INSTEAD}")
        answer.provider = provider
    else:
        links = list(dict.fromkeys(talk.links))
        answer = Answer(linked(text, links), Answered.MODEL, _spoken_of(text, links), proposals=talk.proposals)
        answer.provider, answer.model = provider, talk.model
    answer.calls = talk.calls
    return answer


async def _from_data(house: House, actor: Actor, message: str, notice: str) -> Answer:
    async with house.db.read() as tx:
        found = await direct.answer(Asking(tx, actor, house.settings), message)
    return Answer(found.markdown, Answered.DATA, found.links, notice, direct.SUGGESTIONS)


def _why(error: Exception, wanted: Question) -> str:
    if isinstance(error, LoomError):
        return error.message
    return f"The model had not answered after {wanted.timeout_sec:g} seconds."


async def _remembered(tx: AsyncSession, actor: Actor) -> list[dict[str, str]]:
    """What was said last, as messages, oldest first."""
    found = await repository.newest(tx, actor.id, REMEMBERED)
    said: list[dict[str, str]] = []
    for one in reversed([each for each in found if now() - each.at < REMEMBERED_FOR]):
        said += [
            {"role": "user", "content": one.message[:REMEMBERED_CHARACTERS]},
            {"role": "assistant", "content": one.response[:REMEMBERED_CHARACTERS]},
        ]
    return said


def linked(text: str, links: Sequence[Link]) -> str:
    """The text with the names of beads that were looked at as links, where a model left them bare."""
    known = {link.label: link for link in links if link.href.startswith("/beads/")}
    if not known:
        return text
    names = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    bare = re.compile(rf"(?<![\w/-])(?:{names})(?![\w-])")
    parts = _LINKED.split(text)
    parts[::2] = [bare.sub(lambda found: known[found[0]].markdown, part) for part in parts[::2]]
    return "".join(parts)


def _spoken_of(text: str, links: Sequence[Link]) -> list[Link]:
    """The pages that the answer speaks of, or else the first that were looked at."""
    spoken = [link for link in links if link.href in text or link.label in text]
    return (spoken or list(links))[:20]


async def _keep(tx: AsyncSession, actor: Actor, wanted: Question, answer: Answer, began: float) -> AnswerView:
    """Stores the exchange and forgets what is too old."""
    of = answer.provider
    row = Exchange(
        id=new_id("ask"), user_id=actor.id, message=wanted.message, response=_storable(answer.response),
        answered=answer.answered, notice=_storable(answer.notice), provider_id=of.id if of else "",
        provider_name=of.name if of else "", model=answer.model or (of.model if of else ""),
        tokens_input=sum(call.tokens_input for call in answer.calls),
        tokens_output=sum(call.tokens_output for call in answer.calls), cost_micros=_cost(answer.calls),
        latency_ms=round((time.monotonic() - began) * 1000),
        links=[{"label": link.label, "href": link.href} for link in answer.links][:50],
        suggestions=list(answer.suggestions), bead_id=answer.bead_id,
    )  # fmt: skip
    tx.add(row)
    await tx.flush()
    for proposal in answer.proposals:
        proposal.exchange_id = row.id
        tx.add(proposal)
    await tx.flush()
    await repository.forget(tx, actor.id, before=now() - KEPT_FOR, kept=KEPT)
    return AnswerView.of(row, list(answer.proposals))


def _cost(calls: Sequence[Call]) -> int | None:
    """None where a call cost nobody knows what."""
    known: list[Any] = [call.cost_micros for call in calls]
    return None if None in known else sum(known)


def _storable(text: str) -> str:
    """Text without what no database keeps."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
