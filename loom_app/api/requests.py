"""A request id for every request: the client's when it is well formed, else ours; in every log line and answer."""

import re

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loom_app.kernel.cause import anew
from loom_app.kernel.ids import new_id

WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,100}")


class RequestIds:
    """ASGI middleware that binds `request_id` for the logs and answers it as X-Request-Id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if WELL_FORMED.fullmatch(given) else new_id("req")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        client = scope.get("client")
        anew(request_id=request_id, address=client[0] if client else None)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, answer)
