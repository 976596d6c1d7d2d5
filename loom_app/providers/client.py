"""The client of every OpenAI-compatible provider: TokenHub, vLLM, llama.cpp, OpenAI and their like."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from loom_app.providers.chat import ChatReply, ChatRequest, ModelInfo, OnText, Timeouts
from loom_app.providers.dialect import COMPLAINTS, Dialect, refuses_tools
from loom_app.providers.endpoint import host_of, normalise
from loom_app.providers.errors import ProviderError, refusal_of, without_tools
from loom_app.providers.faults import named_faults
from loom_app.providers.reply import ReplyBuilder, garbage, is_complete, parse_object
from loom_app.providers.silence import Silence
from loom_app.providers.sse import EventDecoder, EventTooLong
from loom_app.providers.transport import provider_transport
from loom_app.providers.usage import estimated_usage

MAX_ANSWER_BYTES = 32 * 1024 * 1024
MAX_REFUSAL_BYTES = 64 * 1024
MOST_REPETITIONS = len(COMPLAINTS) + 1
LEAST_OUTPUT = 64
"""Tokens below which an answer is not worth asking for."""


class ProviderClient:
    """Talks to one endpoint with one key; use it as a context manager or close it. Never follows redirects.

    `private_allowed=False` refuses addresses in private networks; link-local and metadata addresses are always refused.
    """

    def __init__(
        self,
        endpoint: str,
        api_key: str | None = None,
        *,
        timeouts: Timeouts | None = None,
        private_allowed: bool = True,
        dialect: Dialect | None = None,
    ) -> None:
        self.base_url = normalise(endpoint)
        self.host = host_of(self.base_url)
        self.dialect = dialect or Dialect()
        self._timeouts = timeouts or Timeouts()
        self._api_key = api_key or ""
        self._http = httpx.AsyncClient(
            transport=provider_transport(private_allowed=private_allowed),
            headers={"Accept-Encoding": "identity", "User-Agent": "Loom"},
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._http.aclose()

    async def models(self) -> list[ModelInfo]:
        """The models on offer, in the provider's order. Raises ProviderError."""
        async with self._exchange("GET", "/models", None, "", first=self._timeouts.idle) as answer:
            listing = parse_object(self.host, (await self._body(answer)).decode("utf-8", "replace"))
        entries = listing.get("data")
        if not isinstance(entries, list | None) or "data" not in listing:
            raise garbage(self.host, "a list of models in an unknown form", json.dumps(listing)[:200])
        return [_model(entry) for entry in entries or [] if isinstance(entry, Mapping) and entry.get("id")]

    async def chat(self, request: ChatRequest, on_text: OnText | None = None) -> ChatReply:
        """The model's answer, read as a stream where the provider streams. Raises ProviderError.

        A field the provider complains about is left out from then on and the request is sent once more, under a fresh
        idempotency key since providers replay what they answered to the old one, refusals included. A replayed
        refusal is no answer to this request, so it is sent once more too. Tools are never left out: where they are
        refused the error is of the kind "no_tools".
        """
        key = request.idempotency_key or uuid4().hex
        for repetition in range(MOST_REPETITIONS + 1):
            body = self.dialect.body(request)
            try:
                return await self._ask(body, fresh_key(key) if repetition else key, request, on_text)
            except ProviderError as error:
                shorter = _with_room(request, error)
                again = shorter is not None or self.dialect.learn(error, body) or error.replayed
                if not again and request.tools and refuses_tools(error):
                    without_tools(error)
                    raise
                if not again or repetition == MOST_REPETITIONS:
                    raise
                request = shorter or request
        raise AssertionError("unreachable")

    async def _ask(self, body: dict[str, Any], key: str, request: ChatRequest, on_text: OnText | None) -> ChatReply:
        clock = _Stopwatch(on_text)
        reply = ReplyBuilder(self.host, clock.heard)
        header_id: str | None = None
        first = self._timeouts.first if "stream" in body else self._timeouts.total
        try:
            async with self._exchange("POST", "/chat/completions", body, key, first=first) as answer:
                header_id = answer.headers.get("x-request-id")
                reply.model = answer.headers.get("x-negotiated-model", "")
                await self._read(answer, reply)
        except ProviderError as error:
            if not reply.ended or error.kind not in ("cut_off", "timeout"):
                _count_into(error, reply, request)
                raise
        return self._finished(reply, request, clock, header_id)

    async def _read(self, answer: httpx.Response, reply: ReplyBuilder) -> None:
        if "event-stream" in answer.headers.get("content-type", ""):
            await self._read_events(answer, reply)
        else:
            text = (await self._body(answer)).decode("utf-8", "replace")
            if text.lstrip().startswith(("data:", "event:")):  # a stream that does not say so
                self._take(EventDecoder(MAX_ANSWER_BYTES), text.encode(), reply)
            else:
                reply.whole(parse_object(self.host, text))
        if not reply.ended:
            raise self._cut_off(reply)

    async def _read_events(self, answer: httpx.Response, reply: ReplyBuilder) -> None:
        decoder = EventDecoder()
        chunks = self._bounded(answer, MAX_ANSWER_BYTES)
        silence = Silence(self.host, self._timeouts)
        try:
            while (chunk := await silence.broken_by(anext(chunks, None), reply)) is not None:
                for event in decoder.feed(chunk):
                    reply.event(event)
                    silence.over()
        except EventTooLong as error:
            raise garbage(self.host, f"a stream in which {error}") from error
        finally:
            await chunks.aclose()
        self._take(decoder, b"", reply)

    def _take(self, decoder: EventDecoder, rest: bytes, reply: ReplyBuilder) -> None:
        """The end of a stream; what stands there half is no event."""
        for event in decoder.feed(rest):
            reply.event(event)
        for event in decoder.finish():
            if is_complete(event):
                reply.event(event)

    @asynccontextmanager
    async def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None, key: str, *, first: float
    ) -> AsyncIterator[httpx.Response]:
        """An answer that is a success, its body still to be read. Every fault leaves as a ProviderError.

        The answer has to begin within `first` seconds.
        """
        timeout = httpx.Timeout(max(first, self._timeouts.idle), connect=self._timeouts.connect)
        end = asyncio.get_running_loop().time() + self._timeouts.total
        with named_faults(self.host, secret=self._api_key) as progress:
            async with asyncio.timeout(min(first, self._timeouts.total)) as limit:
                headers, content = self._headers(key), None
                if body is not None:
                    headers["Content-Type"] = "application/json"
                    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
                async with self._http.stream(
                    method, self.base_url + path, content=content, headers=headers, timeout=timeout
                ) as answer:
                    progress.answered = True
                    limit.reschedule(end)
                    if not answer.is_success:
                        raise await self._refused(answer)
                    yield answer

    async def _refused(self, answer: httpx.Response) -> ProviderError:
        text = (await self._body(answer, MAX_REFUSAL_BYTES, cut=True)).decode("utf-8", "replace")
        if answer.is_redirect:
            target = answer.headers.get("location", "elsewhere")
            text = f"It redirects to {target}; register that address instead."
        return refusal_of(self.host, answer.status_code, answer.headers, text)

    async def _body(self, answer: httpx.Response, limit: int = MAX_ANSWER_BYTES, *, cut: bool = False) -> bytes:
        return b"".join([chunk async for chunk in self._bounded(answer, limit, cut=cut)])

    async def _bounded(self, answer: httpx.Response, limit: int, *, cut: bool = False) -> AsyncGenerator[bytes, None]:
        """The body's chunks; beyond `limit` bytes it is cut there or refused."""
        size = 0
        async for chunk in answer.aiter_bytes():
            size += len(chunk)
            if size > limit and not cut:
                raise garbage(self.host, f"more than {limit} bytes")
            yield chunk
            if size > limit:
                return

    def _headers(self, key: str) -> dict[str, str]:
        if not (self._api_key.isascii() and self._api_key.isprintable()):
            raise ProviderError(
                f"The API key for {self.host} holds characters that no key can hold. Enter it again.",
                kind="auth",
                billed=False,
                answered=False,
            )
        headers = {"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        return headers | ({"Idempotency-Key": key, "X-Request-Id": key} if key else {})

    def _finished(
        self, reply: ReplyBuilder, request: ChatRequest, clock: "_Stopwatch", header_id: str | None
    ) -> ChatReply:
        return ChatReply(
            text=reply.text,
            asked=request.model,
            model=reply.model or request.model,
            finish_reason=reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop"),
            usage=reply.usage or estimated_usage(request.messages, reply.characters, request.tools),
            estimated=reply.usage is None,
            latency_ms=clock.elapsed_ms(),
            first_token_ms=clock.first_ms if reply.streamed else None,
            request_id=header_id or reply.id,
            tool_calls=reply.tool_calls.finished(),
            refusal=reply.refusal,
            reasoning_characters=reply.reasoning_characters,
        )

    def _cut_off(self, reply: ReplyBuilder) -> ProviderError:
        if not reply.begun:
            return garbage(self.host, "an empty stream")
        return ProviderError(
            f"{self.host} ended its answer after {reply.characters} characters, before the model had finished. "
            "The part that came is not used; the request can be repeated.",
            kind="cut_off",
        )


class _Stopwatch:
    """Times one answer and notes when its text began."""

    def __init__(self, on_text: OnText | None) -> None:
        self._start = time.perf_counter()
        self._on_text = on_text
        self.first_ms: int | None = None

    def elapsed_ms(self) -> int:
        return round((time.perf_counter() - self._start) * 1000)

    def heard(self, text: str) -> None:
        if self.first_ms is None:
            self.first_ms = self.elapsed_ms()
        if self._on_text:
            self._on_text(text)


def _model(entry: Mapping[str, Any]) -> ModelInfo:
    meta = entry.get("meta")
    places = (entry.get("context_length"), entry.get("max_model_len"), entry.get("context_window"))
    length = next((place for place in places if isinstance(place, int) and place > 0), None)
    if length is None and isinstance(meta, Mapping) and isinstance(meta.get("n_ctx"), int):
        length = meta["n_ctx"]
    pricing = entry.get("pricing")
    return ModelInfo(str(entry["id"]), length, pricing if isinstance(pricing, Mapping) else None)


def fresh_key(key: str) -> str:
    """A key that no provider has seen, still to be recognised by the first one in its logs."""
    return f"{key}-{uuid4().hex[:12]}"


def _with_room(request: ChatRequest, error: ProviderError) -> ChatRequest | None:
    """The request with as many output tokens as still fit, when only prompt and output together were too long."""
    prompt, context = error.extra.get("prompt_tokens"), error.extra.get("context_tokens")
    if error.kind != "context_overflow" or request.max_tokens is None or not prompt or not context:
        return None
    room = int(context) - int(prompt) - 1
    return replace(request, max_tokens=room) if LEAST_OUTPUT <= room < request.max_tokens else None


def _count_into(error: ProviderError, reply: ReplyBuilder, request: ChatRequest) -> None:
    """Tells `error` what is known of the tokens that were used before it."""
    if reply.usage is not None:
        error.usage, error.billed = reply.usage, True
    elif reply.begun:
        error.usage = estimated_usage(request.messages, reply.characters, request.tools)
