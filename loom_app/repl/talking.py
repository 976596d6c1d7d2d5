"""A model answers: it looks with the tools as often as it needs, within bounds, and every call is paid for."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loom_app.config import Settings
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.ledger.models import Call
from loom_app.ledger.orders import Payer
from loom_app.providers import calls, formats, health
from loom_app.providers import service as providers
from loom_app.providers.chat import ChatReply, ChatRequest, OnText
from loom_app.providers.errors import ProviderError
from loom_app.providers.metering import Metered
from loom_app.providers.models import ActionFormat, Provider
from loom_app.providers.retry import chat_with_retries
from loom_app.repl import speaking
from loom_app.repl.found import Found, Link
from loom_app.repl.models import Proposal
from loom_app.repl.proposing import propose
from loom_app.repl.reading.tool import Asking
from loom_app.repl.reading.tools import TOOLS, look
from loom_app.repl.speaking import PROPOSE, Asked, Said

ROUNDS = 6
MOST_TOLD = 40_000
"""Characters of what functions returned that one question may bring."""
MOST_PROPOSALS = 10
ANSWER_TOKENS = 1_500


@dataclass(frozen=True)
class House:
    """What answering stands on."""

    db: Database
    vault: Vault
    settings: Settings


@dataclass(frozen=True)
class Hearing:
    """Who listens while an answer is made: what is being done, the answer's text, and that the text so far is void."""

    step: Callable[[str], None] = lambda _: None
    text: Callable[[str], None] = lambda _: None
    void: Callable[[], None] = lambda: None


@dataclass
class Talk:
    """One question on its way through a model."""

    house: House
    actor: Actor
    provider: Provider
    hearing: Hearing
    seconds: float
    metered: Metered | None = None
    links: list[Link] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    model: str = ""
    told: int = 0

    @property
    def calls(self) -> Sequence[Call]:
        """What was paid for so far."""
        return self.metered.calls if self.metered else ()

    async def answer(self, question: str, before: Sequence[dict[str, str]]) -> str:
        """The model's answer. Raises ProviderError, and ledger.orders.Refused where a budget forbids a call."""
        client = providers.client_for(self.provider, self.house.vault)
        payer = Payer(user_id=self.actor.id if self.actor.kind == "user" else "")
        self.metered = metered = Metered(
            client, self.house.db, self.house.settings.budgets, self.provider, payer, purpose="repl",
            within_seconds=self.seconds, settled_apart=False,
        )  # fmt: skip
        try:
            async with client:
                return await self._rounds(metered, question, before)
        except BaseException:
            await metered.settle_apart()
            raise

    async def _rounds(self, metered: Metered, question: str, before: Sequence[dict[str, str]]) -> str:
        form = formats.choose(self.provider, now()).format
        talk: list[dict[str, Any]] = [*before, {"role": "user", "content": question}]
        for number in range(ROUNDS + 1):
            if number == ROUNDS:
                talk.append({"role": "user", "content": speaking.ENOUGH})
            try:
                reply = await self._ask(metered, talk, natively=form == ActionFormat.TOOLS)
            except ProviderError as error:
                if error.kind != "no_tools" or number:
                    raise
                async with self.house.db.write() as tx:
                    await formats.refuse(tx, self.provider.id, ActionFormat.TOOLS, error.message)
                form = ActionFormat.ENVELOPE
                reply = await self._ask(metered, talk, natively=False)
            said = speaking.heard(reply)
            if not said.calls or number == ROUNDS:
                return _whole(reply, said)
            self.hearing.void()
            talk += await self._called(reply, said)
        raise AssertionError("unreachable")

    async def _ask(self, metered: Metered, talk: Sequence[dict[str, Any]], *, natively: bool) -> ChatReply:
        """One call, in the provider's line, settled with what is known of the provider after it."""
        first = {"role": "system", "content": speaking.system(self.actor, in_words=not natively)}
        request = ChatRequest(
            model=self.provider.model, messages=[first, *talk], temperature=0.2, max_tokens=ANSWER_TOKENS,
            tools=speaking.as_tools(self.actor) if natively else (),
        )  # fmt: skip
        db = self.house.db
        place = await calls.take_place(db, self.provider, holder="repl")
        try:
            async with calls.in_turn(db, self.provider, place, within=self.seconds):
                reply = await chat_with_retries(
                    metered, request, _unless_json(self.hearing.text), deadline=self.seconds,
                    on_retry=lambda *_: self.hearing.void(),
                )  # fmt: skip
        except ProviderError as error:
            async with db.write() as tx:
                await calls.finish(tx, self.provider, place, error, holder="repl")
                tokens = error.usage.total if error.usage else 0
                await health.record_call(tx, self.provider.id, tokens=tokens, latency_ms=0, error=error)
            raise
        async with db.write() as tx:
            await metered.settle(tx)
            await calls.finish(tx, self.provider, place, reply, holder="repl")
            used = reply.usage.total if reply.usage else 0
            await health.record_call(
                tx, self.provider.id, tokens=used, latency_ms=reply.latency_ms, answered_by=reply.model
            )
        self.model = reply.model or self.model
        return reply

    async def _called(self, reply: ChatReply, said: Said) -> list[dict[str, Any]]:
        """The reply and what its calls returned, as the next messages."""
        results = [(call, await self._result(call)) for call in said.calls]
        if not reply.tool_calls:
            told = "\n\n".join(f"{call.name} returned:\n{speaking.quoted(text)}" for call, text in results)
            return [{"role": "assistant", "content": said.text}, {"role": "user", "content": told}]
        asked = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments), ensure_ascii=False)},
            }
            for call, _ in results
        ]
        answers = [
            {"role": "tool", "tool_call_id": call.id, "content": speaking.quoted(text)} for call, text in results
        ]
        return [{"role": "assistant", "content": said.text, "tool_calls": asked}, *answers]

    async def _result(self, call: Asked) -> str:
        """What a call returns, or why it returns nothing."""
        if call.fault:
            return call.fault
        if self.told > MOST_TOLD:
            return "There is no room for more. Answer from what you know."
        try:
            async with self.house.db.read() as tx:
                text = await self._looked(Asking(tx, self.actor, self.house.settings), call.name, call.arguments)
        except LoomError as error:
            text = error.message
        self.told += len(text)
        return text

    async def _looked(self, asking: Asking, name: str, given: Mapping[str, Any]) -> str:
        if name.startswith(PROPOSE):
            return await self._proposed(asking, name.removeprefix(PROPOSE), given)
        self.hearing.step(TOOLS[name].doing if name in TOOLS else "Looking")
        found: Found = await look(asking, name, given)
        self.links += found.links
        return found.markdown

    async def _proposed(self, asking: Asking, name: str, given: Mapping[str, Any]) -> str:
        if len(self.proposals) >= MOST_PROPOSALS:
            return f"No more than {MOST_PROPOSALS} changes are proposed at once."
        self.hearing.step("Preparing a proposal")
        made = await propose(asking, name, given)
        if any((one.kind, one.parameters) == (made.kind, made.parameters) for one in self.proposals):
            return "That is proposed already."
        self.proposals.append(made)
        return f"Proposed, not done: {made.title}. {asking.actor.name} decides below your answer."


def _whole(reply: ChatReply, said: Said) -> str:
    """The answer. Raises ProviderError for one that is none."""
    if said.text and not said.calls and (not reply.shortfall or reply.finish_reason == "length"):
        return said.text
    why = reply.shortfall or "The model looked on and on and wrote no answer."
    raise ProviderError(why, kind="garbage", retryable=False, billed=True, answered=True)


def _unless_json(tell: OnText) -> OnText:
    """Passes an answer's text on as it comes, but nothing of one that begins as a call does."""
    begun = ""
    passing: bool | None = None

    def heard(piece: str) -> None:
        nonlocal begun, passing
        if passing is None:
            begun += piece
            start = begun.lstrip()
            if not start:
                return
            passing = start[0] not in "{`<"
            piece = begun
        if passing:
            tell(piece)

    return heard
