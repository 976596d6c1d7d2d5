"""The model is asked for the next turn of a talk, at the cost of the person who talks."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.functions import functions
from loom_app.actions.protocol import TOOLS
from loom_app.context.fitting import Fitted
from loom_app.ledger.orders import Payer
from loom_app.pair import repository
from loom_app.pair.hearing import Hearing
from loom_app.pair.house import House
from loom_app.pair.prompt import WORDS, offered, system_prompt
from loom_app.personas import revisions as personas
from loom_app.providers import calls, health
from loom_app.providers import service as providers
from loom_app.providers.chat import ChatReply, ChatRequest, OnText
from loom_app.providers.errors import ProviderError
from loom_app.providers.metering import Metered
from loom_app.providers.retry import chat_with_retries
from loom_app.runs import guard, wire
from loom_app.runs.models import Turn
from loom_app.runs.talk import Conversation, after_overflow, conversation_of
from loom_app.runs.think import announce, charge, store
from loom_app.runs.toolcalls import natively, storable
from loom_app.runs.workplace import Job, job_of
from loom_app.sandbox.commands import confinement

PURPOSE = "pair"
TRIES, WITHIN_SECONDS = 3, 20.0
"""How often and for how long a provider is asked again that said nothing so far: somebody sits and waits."""


@dataclass(frozen=True)
class Answered:
    """An answer, what was sent for it, what is kept of that, and the form it was asked in."""

    reply: ChatReply
    sent: Fitted
    context: dict[str, Any]
    form: str


async def ask(house: House, run_id: str, number: int, why_unchanged: str) -> None:
    """Asks the model for turn `number`, and puts on it what is answered, while that comes.

    Raises ProviderError when no answer is to be had, Refused when a budget forbids asking. Stopped in the middle it
    leaves what came, and settles what that cost.
    """
    async with house.db.read() as tx:
        job = await job_of(tx, run_id)
        said = await conversation_of(tx, run_id, number, house.settings.runs, job.provider)
    if said is not None:
        await _Question(house, job, number, why_unchanged).put(said)


class _Question:
    """One turn's question."""

    def __init__(self, house: House, job: Job, number: int, why_unchanged: str) -> None:
        self._house, self._job, self._number, self._why = house, job, number, why_unchanged
        self._seconds = house.settings.runs.turn_seconds
        payer = Payer(job.project.id, job.agent.id, job.run.paired_with, job.bead.id, job.run.id, number)
        self._client = providers.client_for(job.provider, house.vault)
        self._metered = Metered(
            self._client, house.db, house.settings.budgets, job.provider, payer, purpose=PURPOSE,
            within_seconds=self._seconds, wait_seconds=WITHIN_SECONDS, settled_apart=False,
        )  # fmt: skip
        self._heard = Hearing(house, job.run.id, number)
        self._place: int | None = None

    async def put(self, said: Conversation) -> None:
        """Has it answered and the answer stored."""
        db, provider = self._house.db, self._job.provider
        try:
            async with self._client, self._heard:
                self._place = await calls.take_place(db, provider, holder=self._job.run.id)
                async with calls.in_turn(db, provider, self._place, within=self._seconds):
                    answered = await self._answer(said)
        except ProviderError as error:
            async with db.write() as tx:
                await calls.finish(tx, provider, self._place, error)
                tokens = error.usage.total if error.usage else 0
                await health.record_call(tx, provider.id, tokens=tokens, latency_ms=0, error=error)
                await self._note_spent(tx)
            raise
        except asyncio.CancelledError:
            await self._metered.stopped(self._heard.characters)
            async with db.write() as tx:
                await self._note_spent(tx)
            raise
        async with db.write() as tx:
            await self._keep(tx, answered)
        self._house.tell(self._job.run.id)

    async def _keep(self, tx: AsyncSession, answered: Answered) -> None:
        await self._metered.settle(tx)
        run = await guard.held(tx, self._job.run.id, self._house.settings.runs.lease_seconds)
        turn = await repository.turn(tx, run.id, self._number)
        reply = answered.reply
        store(run, turn, reply, self._metered.calls)
        turn.said, turn.format = storable(reply.text or reply.refusal), answered.form
        turn.dropped_turns, turn.context = answered.sent.condensed, answered.context
        tokens = reply.usage.total if reply.usage else 0
        provider = self._job.provider
        await health.record_call(tx, provider.id, tokens=tokens, latency_ms=reply.latency_ms, answered_by=reply.model)
        await calls.finish(tx, provider, self._place, reply)
        announce(tx, self._job, turn)

    async def _note_spent(self, tx: AsyncSession) -> None:
        """Notes on run and turn what calls cost that brought no whole answer."""
        run = await guard.held(tx, self._job.run.id, self._house.settings.runs.lease_seconds)
        charge(run, self._metered.calls)
        run.turn_count = max(run.turn_count, self._number)
        turn: Turn = await repository.turn(tx, run.id, self._number)
        for call in self._metered.calls:
            turn.tokens_input += call.tokens_input
            turn.tokens_output += call.tokens_output
            turn.cost_micros = call.cost_micros
            turn.tokens_estimated = True

    async def _answer(self, said: Conversation) -> Answered:
        """The answer in the form the turn has, or in words where the provider takes no functions."""
        try:
            return await self._asked(said)
        except ProviderError as error:
            if error.kind != "no_tools":
                raise
            async with self._house.db.write() as tx:
                run = await guard.held(tx, self._job.run.id, self._house.settings.runs.lease_seconds)
                await wire.fall_back(tx, self._job.provider, said.form, error.message)
                persona, _ = await personas.in_use(tx, self._job.agent.persona_name)
                system = system_prompt(self._job, persona, confinement().detail, self._why, WORDS)
                (await repository.turn(tx, run.id, 1)).system_prompt = system
            return await self._asked(replace(said.with_system(system), form=WORDS))

    async def _asked(self, said: Conversation) -> Answered:
        """The answer; less is sent as long as it is too much for the model."""
        tools = functions(offered(self._why)) if said.form == TOOLS else []
        beside = wire.bytes_beside({"tools": tools})
        learned, sent = said.learned, said.fitted(max(said.most - beside, said.most // 2))
        while True:
            request = ChatRequest(
                model=self._job.provider.model,
                messages=natively(sent.messages, said.called) if tools else sent.messages,
                temperature=0.3,
                max_tokens=said.limits.answer,
                tools=tools,
                idempotency_key=f"{self._job.run.id}.{self._number}.{sent.size}.{self._job.run.token}",
            )
            try:
                reply = await chat_with_retries(
                    self, request, self._heard, tries=TRIES, within=WITHIN_SECONDS, deadline=self._seconds
                )
                return Answered(reply, sent, said.record(sent, learned), said.form)
            except ProviderError as error:
                if self._heard.characters:
                    raise
                learned = after_overflow(error, sent.size, said.limits.answer)
                sent = said.fitted(learned)

    async def chat(self, request: ChatRequest, on_text: OnText | None = None) -> ChatReply:
        """Calls the model, once only after somebody may have read the beginning of an answer."""
        try:
            return await self._metered.chat(request, on_text)
        except ProviderError as error:
            error.retryable = error.retryable and not self._heard.characters
            raise
