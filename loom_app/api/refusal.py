"""A refusal as an answer: problem details with the headers that belong to them."""

import math
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from loom_app.kernel.errors import LoomError
from loom_app.kernel.rest import problem

MEDIA = "application/problem+json"


def refusal(
    path: str, status: int, code: str, message: str, extra: Mapping[str, Any] | None = None
) -> JSONResponse:  # fmt: skip
    """The answer to a request for `path`. `retry_after` (seconds) in `extra` is rounded up for the header."""
    body = problem(status, code, message, path, dict(extra or {}))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    wait = (extra or {}).get("retry_after")
    if isinstance(wait, int | float):
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA)


async def refuse(error: LoomError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers `error` to a request, or to the handshake of a socket where the server can say why."""
    if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": error.code})
        return
    answer = refusal(scope["path"], error.status, error.code, error.message, error.extra)
    await answer(scope, receive, send)
