"""The first half of a turn: the model is asked and its reply stored before anything comes of it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.protocol import TOOLS
from loom_app.config import Settings
from loom_app.context.fitting import Fitted
from loom_app.events.service import append
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.ledger.models import Call
from loom_app.providers import calls, health
from loom_app.providers import service as providers
from loom_app.providers.chat import ChatReply, ChatRequest
from loom_app.providers.errors import ProviderError
from loom_app.providers.metering import Metered
from loom_app.providers.retry import chat_with_retries
from loom_app.runs import guard, instructing, repository, toolcalls, wire
from loom_app.runs.hands import PullSite, are_reached
from loom_app.runs.hearing import colleagues
from loom_app.runs.models import Run, Turn
from loom_app.runs.paying import payer_of
from loom_app.runs.prompt import offered
from loom_app.runs.talk import Conversation, after_overflow, conversation_of
from loom_app.runs.toolcalls import natively
from loom_app.runs.workplace import Job, job_of

WAIT_SECONDS = 120.0
"""How long a turn waits for room in a budget that others' calls under way fill."""


async def think(
    db: Database, vault: Vault, settings: Settings, run_id: str, number: int, pulls: PullSite | None = None
) -> None:
    """Asks the model for turn `number` unless its reply is stored already.

    Raises ProviderError when no answer is to be had, Refused when a budget forbids asking, LeaseLost when the
    run is no longer ours.
    """
    async with db.read() as tx:
        job = await job_of(tx, run_id)
        said = await conversation_of(tx, run_id, number, settings.runs, job.provider)
        alone, reached = not await colleagues(tx, job), await are_reached(tx, pulls, job)
        actions = offered(job, alone=alone, pulls=reached)
        payer = await payer_of(tx, job.bead, job.agent.id, job.run, number)
    if said is None:
        return
    client = providers.client_for(job.provider, vault)
    metered = Metered(
        client, db, settings.budgets, job.provider, payer, purpose="turn",
        within_seconds=settings.runs.turn_seconds, wait_seconds=WAIT_SECONDS, settled_apart=False,
    )  # fmt: skip
    place: int | None = None
    try:
        async with client:
            place = await calls.take_place(db, job.provider, holder=run_id)
            async with calls.in_turn(db, job.provider, place, within=settings.runs.turn_seconds):
                reply, sent, context, form = await _answer(db, metered, settings, job, said, actions)
        reply, asked = await asyncio.to_thread(instructing.heard, reply)
        async with db.write() as tx:
            await metered.settle(tx)
            run = await guard.held(tx, run_id, settings.runs.lease_seconds)
            turn = await repository.turn(tx, run_id, number)
            assert turn is not None
            store(run, turn, reply, metered.calls)
            await instructing.keep(tx, vault, job, number, asked, settings)
            turn.dropped_turns, turn.context, turn.format = sent.condensed, context, form
            await _count(tx, job, reply)
            await calls.finish(tx, job.provider, place, reply)
            announce(tx, job, turn)
    except ProviderError as error:
        await _record_failure(db, settings, job, error, metered.calls, place)
        raise
    except BaseException:
        await metered.settle_apart()
        raise


async def _answer(
    db: Database, metered: Metered, settings: Settings, job: Job, said: Conversation, actions: wire.Actions
) -> tuple[ChatReply, Fitted, dict[str, Any], str]:
    """What `_ask` brings, and the form it was asked in: the turn's, or the next where the provider takes no tools."""
    try:
        return *await _ask(metered, settings, job, said, actions), said.form
    except ProviderError as error:
        if error.kind != "no_tools":
            raise
        async with db.write() as tx:
            await guard.held(tx, job.run.id, settings.runs.lease_seconds)
            form = await wire.fall_back(tx, job.provider, said.form, error.message)
    return *await _ask(metered, settings, job, replace(said, form=form), actions), form


async def _ask(
    metered: Metered, settings: Settings, job: Job, said: Conversation, actions: wire.Actions
) -> tuple[ChatReply, Fitted, dict[str, Any]]:
    """The model's reply, what was sent for it, and what is kept of that; less is sent as long as it is too much."""
    said = said.with_system(wire.in_form(said.talk.system, actions, said.told_form, said.form))
    asked = wire.asked_for(said.form, actions)
    learned, sent = said.learned, said.fitted(max(said.most - wire.bytes_beside(asked), said.most // 2))
    while True:
        request = ChatRequest(
            model=job.provider.model,
            messages=natively(sent.messages, said.called) if said.form == TOOLS else sent.messages,
            temperature=0.2,
            max_tokens=said.limits.answer,
            **asked,
            idempotency_key=f"{job.run.id}.{said.number}.{sent.size}",
        )
        try:
            reply = await chat_with_retries(metered, request, deadline=settings.runs.turn_seconds)
            return reply, sent, said.record(sent, learned)
        except ProviderError as error:
            learned = after_overflow(error, sent.size, said.limits.answer)
            sent = said.fitted(learned)


async def _count(tx: AsyncSession, job: Job, reply: ChatReply) -> None:
    tokens = reply.usage.total if reply.usage else 0
    await health.record_call(tx, job.provider.id, tokens=tokens, latency_ms=reply.latency_ms, answered_by=reply.model)


def store(run: Run, turn: Turn, reply: ChatReply, made: Sequence[Call]) -> None:
    """Puts an answer on its turn, and what the calls for it cost on its run."""
    turn.reply, turn.replied_at = toolcalls.spoken(reply), now()
    turn.tool_calls, turn.said = toolcalls.kept(reply), toolcalls.beside(reply)
    turn.reply_hash = hashlib.sha256(turn.reply.strip().encode()).hexdigest()
    turn.model, turn.model_asked = reply.model, reply.asked
    turn.finish_reason, turn.shortfall = reply.finish_reason, "" if reply.is_called else reply.shortfall
    turn.latency_ms, turn.first_token_ms = reply.latency_ms, reply.first_token_ms
    turn.tokens_estimated = reply.estimated
    turn.cost_micros = made[-1].cost_micros if made else None
    if reply.usage is not None:
        turn.tokens_input, turn.tokens_cached = reply.usage.input, reply.usage.cached_input
        turn.tokens_output, turn.tokens_reasoning = reply.usage.output, reply.usage.reasoning
    charge(run, made)
    run.turn_count, run.model = max(run.turn_count, turn.number), reply.model or run.model


def charge(run: Run, made: Sequence[Call]) -> None:
    """Adds what the calls of a turn, those that failed too, cost."""
    for call in made:
        run.tokens_input += call.tokens_input
        run.tokens_cached += call.tokens_cached
        run.tokens_output += call.tokens_output
        run.tokens_reasoning += call.tokens_reasoning
        if call.cost_micros is not None:
            run.cost_micros = (run.cost_micros or 0) + call.cost_micros


async def _record_failure(
    db: Database, settings: Settings, job: Job, error: ProviderError, made: Sequence[Call], place: int | None
) -> None:
    """A call that failed may have been billed all the same."""
    async with db.write() as tx:
        await calls.finish(tx, job.provider, place, error)
        run = await guard.held(tx, job.run.id, settings.runs.lease_seconds)
        charge(run, made)
        tokens = error.usage.total if error.usage else 0
        await health.record_call(tx, job.provider.id, tokens=tokens, latency_ms=0, error=error)


def announce(tx: AsyncSession, job: Job, turn: Turn) -> None:
    """Says in the log that a turn was answered."""
    data = {
        "run_id": job.run.id, "turn": turn.number, "tokens_input": turn.tokens_input,
        "tokens_output": turn.tokens_output, "cost_micros": turn.cost_micros, "latency_ms": turn.latency_ms,
    }  # fmt: skip
    actor = agent_actor(job.agent.id, job.agent.name, job.run.project_id)
    append(tx, "run.replied", actor=actor, project_id=job.project.id, subject_id=job.bead.id, data=data)
