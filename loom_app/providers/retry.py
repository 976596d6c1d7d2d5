"""Trying again: a bounded number of times, in a bounded time, no sooner than the provider allows."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from loom_app.providers.chat import ChatReply, ChatRequest, Chats, OnText
from loom_app.providers.client import fresh_key
from loom_app.providers.errors import ProviderError

T = TypeVar("T")
TRIES = 4
WITHIN_SECONDS = 60.0
FIRST_DELAY = 0.5
LONGEST_DELAY = 15.0

OnRetry = Callable[[ProviderError, float], None]
"""Told of each failure that is tried again and of the seconds until then; text heard before it is void."""


def delay_before(repetition: int, error: ProviderError, chance: float) -> float:
    """Seconds to wait before the `repetition`-th repetition (from 1); `chance` in [0, 1) spreads callers apart."""
    backoff: float = min(LONGEST_DELAY, FIRST_DELAY * 2 ** (repetition - 1)) * (0.5 + chance / 2)
    return backoff if error.retry_after is None else error.retry_after + backoff / 5


async def with_retries(
    call: Callable[[ProviderError | None], Awaitable[T]],
    *,
    tries: int = TRIES,
    within: float = WITHIN_SECONDS,
    on_retry: OnRetry | None = None,
) -> T:
    """What `call` answers in one of at most `tries` tries; it is given the last try's error, None at first.

    An error that is not retryable, or whose wait would end more than `within` seconds after the start, is raised.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    last: ProviderError | None = None
    for repetition in range(1, tries + 1):
        try:
            return await call(last)
        except ProviderError as error:
            delay = delay_before(repetition, error, random.random())  # noqa: S311 - spreads load, guards nothing
            if not error.retryable or repetition == tries or loop.time() + delay > end:
                raise
            last = error
        if on_retry:
            on_retry(last, delay)
        await asyncio.sleep(delay)
    raise ValueError("tries must be at least 1")


async def chat_with_retries(
    client: Chats,
    request: ChatRequest,
    on_text: OnText | None = None,
    *,
    tries: int = TRIES,
    within: float = WITHIN_SECONDS,
    deadline: float | None = None,
    on_retry: OnRetry | None = None,
) -> ChatReply:
    """`client.chat`, repeated on passing faults; after `deadline` seconds in all, calls included, it is given up.

    A question the provider never answered is repeated under its own idempotency key, so that it is billed once; after
    any answer the key is a fresh one, since providers replay what they answered before, refusals included.
    """
    asked = request

    async def ask(last: ProviderError | None) -> ChatReply:
        nonlocal asked
        if last is not None and last.answered and request.idempotency_key:
            asked = replace(request, idempotency_key=fresh_key(request.idempotency_key))
        return await client.chat(asked, on_text)

    try:
        async with asyncio.timeout(deadline):
            return await with_retries(ask, tries=tries, within=within, on_retry=on_retry)
    except TimeoutError as error:
        raise ProviderError(
            f"The provider had not answered after {deadline:g} seconds, repetitions included. "
            "Choose a faster model or raise runs.turn_seconds.",
            kind="timeout",
        ) from error
