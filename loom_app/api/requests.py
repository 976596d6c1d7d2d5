"""A request id for every request, the client's when it is well formed, in every log line and answer; and its cost."""

import re
from collections.abc import Sequence

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loom_app.kernel.cause import anew
from loom_app.kernel.ids import new_id
from loom_app.kernel.money import dollars
from loom_app.ledger.telling import begin_costs

WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,100}")


class RequestIds:
    """ASGI middleware that binds `request_id` for the logs and answers it as X-Request-Id.

    An answer for which a model was called says what that cost: X-Loom-Cost in dollars, "unpriced" where nobody knows,
    and X-Loom-Cost-Micros in micro-dollars where it is known.
    """

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
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers.update(_cost(costs))
            await send(message)

        costs = begin_costs()
        client = scope.get("client")
        anew(request_id=request_id, address=client[0] if client else None)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, answer)


def _cost(costs: Sequence[int | None]) -> dict[str, str]:
    """The headers for calls that cost so much each; none for none."""
    known = [cost for cost in costs if cost is not None]
    if not costs:
        return {}
    if len(known) < len(costs):
        return {"X-Loom-Cost": dollars(None)}
    return {"X-Loom-Cost": dollars(sum(known)), "X-Loom-Cost-Micros": str(sum(known))}
