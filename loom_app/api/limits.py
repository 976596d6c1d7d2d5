"""Counts requests and sockets for the address they come from, and tells callers how much they have left."""

from contextlib import ExitStack

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loom_app.api.refusal import refuse
from loom_app.auth.limits import Limits, rate_of
from loom_app.kernel.errors import TooMany


class AddressLimits:
    """ASGI middleware in front of everything that costs something."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(scope, MutableHeaders(scope=message))
            await send(message)

        try:
            await self._limits.admit_address(scope)
        except TooMany as error:
            await refuse(error, scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as held:
            try:
                held.enter_context(self._limits.socket(scope))
            except TooMany as error:
                await refuse(error, scope, receive, send)
                return
            await self._app(scope, receive, send)


def _tell(scope: Scope, headers: MutableHeaders) -> None:
    """The headers of the IETF's draft on rate limits."""
    rate = rate_of(scope)
    if rate and scope["path"].startswith("/api/"):
        headers["RateLimit-Policy"] = f'"{rate.kind}";q={rate.amount};w=60'
        headers["RateLimit"] = f'"{rate.kind}";r={rate.remaining};t={rate.reset}'
