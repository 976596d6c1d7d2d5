"""Calls that are paid for: what each can cost is reserved before it is made, and what it did cost written down after.

Each try of a call is a call of its own, since each can be billed.
"""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import BudgetSettings
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.ledger import service as ledger
from loom_app.ledger.models import Call
from loom_app.ledger.orders import BudgetReached, Order, Payer, Tokens
from loom_app.providers import prices
from loom_app.providers.chat import ChatReply, ChatRequest, Chats, OnText, Usage
from loom_app.providers.errors import ProviderError
from loom_app.providers.models import Provider
from loom_app.providers.rates import cost, most
from loom_app.providers.usage import estimated_usage

GRACE_SECONDS = 60.0
"""How much longer than its answer may take a reservation lasts."""
LOOK_AGAIN_SECONDS = 0.25
"""How often a call that would fit, were others not under way, asks again."""


class Metered:
    """A client whose calls are reserved and settled. `calls` are those it has made so far."""

    def __init__(
        self, client: Chats, db: Database, budgets: BudgetSettings, provider: Provider, payer: Payer, *,
        purpose: str, within_seconds: float, wait_seconds: float = 0.0, settled_apart: bool = True,
    ) -> None:  # fmt: skip
        """Without `settled_apart` whoever stores the answer settles its call in the same transaction, by `settle`."""
        self._client, self._db, self._budgets = client, db, budgets
        self._provider, self._payer, self._purpose = provider, payer, purpose
        self._within, self._wait = within_seconds + GRACE_SECONDS, wait_seconds
        self._apart = settled_apart
        self._owed: tuple[Call, ChatReply] | None = None
        self._asked: tuple[Call, ChatRequest] | None = None
        self.calls: list[Call] = []

    async def chat(self, request: ChatRequest, on_text: OnText | None = None) -> ChatReply:
        """The model's answer, paid for. Raises ProviderError, and ledger.orders.Refused when a budget forbids it.

        Whoever is stopped in the middle leaves a reservation behind, which its run's end or its time lets go.
        """
        call = await self._reserve(request)
        self._asked = (call, request)
        try:
            reply = await self._client.chat(request, on_text)
        except ProviderError as error:
            self._asked = None
            await self._failed(call, error)
            raise
        self._owed, self._asked = (call, reply), None
        if self._apart:
            await self.settle_apart()
        return reply

    async def settle(self, tx: AsyncSession) -> None:
        """Writes down what the call that was answered last did cost, unless that is done."""
        if self._owed is None:
            return
        call, reply = self._owed
        await self._settle(
            tx, call, reply.usage, reply.model, estimated=reply.estimated, request_id=reply.request_id or ""
        )

    async def stopped(self, heard: int) -> None:
        """Writes down what the call cost that was stopped after `heard` characters of its answer, as far as is known.

        Its question counts whole: providers bill what they have read, whoever hangs up.
        """
        if self._asked is None:
            await self.settle_apart()
            return
        (call, request), self._asked = self._asked, None
        usage = estimated_usage(request.messages, heard, request.tools)
        async with self._db.write() as tx:
            await self._settle(tx, call, usage, "", estimated=True, note="Stopped in the middle of its answer.")

    async def settle_apart(self) -> None:
        """The same in a transaction of its own, as for an answer that cannot be stored: it is paid for all the same."""
        if self._owed is not None:
            async with self._db.write() as tx:
                await self.settle(tx)
            self._owed = None

    async def _reserve(self, request: ChatRequest) -> Call:
        """The reservation. While only others' calls are in the way, theirs are waited for, a while."""
        give_up = asyncio.get_running_loop().time() + self._wait
        while True:
            try:
                async with self._db.write() as tx:
                    return await ledger.reserve(tx, self._payer, await self._order(tx, request), self._budgets)
            except BudgetReached as reached:
                if not reached.passing or asyncio.get_running_loop().time() >= give_up:
                    raise
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _order(self, tx: AsyncSession, request: ChatRequest) -> Order:
        rates = await prices.dearest(tx, self._provider, request.model, now())
        bound = most(request, rates, self._provider.context_window)
        return Order(self._provider.id, request.model, bound, self._purpose, self._within)

    async def _failed(self, call: Call, error: ProviderError) -> None:
        """A call that failed may have been billed all the same, where its usage is known."""
        if error.usage is not None and error.billed is not False:
            async with self._db.write() as tx:
                await self._settle(tx, call, error.usage, "", estimated=True, note=error.message)
            return
        async with self._db.write() as tx:
            await ledger.release(tx, call.id, error.message)

    async def _settle(
        self, tx: AsyncSession, call: Call, usage: Usage | None, answered_by: str, *, estimated: bool,
        request_id: str = "", note: str = "",
    ) -> None:  # fmt: skip
        rates = await prices.paid(tx, self._provider, call.model, answered_by, call.at)
        paid = cost(usage, rates, answered_by or call.model)
        settled = await ledger.settle(
            tx, call.id, tokens=_tokens(usage), cost_micros=paid, rates=rates.as_json(),
            answered_by=answered_by, estimated=estimated, request_id=request_id, note=note[:500],
        )  # fmt: skip
        self.calls = [*(one for one in self.calls if one.id != settled.id), settled]


def _tokens(usage: Usage | None) -> Tokens:
    if usage is None:
        return Tokens()
    return Tokens(usage.input, usage.cached_input, usage.cache_write, usage.output, usage.reasoning)
