"""Writes that come with a cookie must come from our own pages."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from loom_app.kernel.rest import problem

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class OriginCheck:
    """ASGI middleware: refuses a cookie-bearing write whose Origin is neither this host nor in `allowed`."""

    def __init__(self, app: ASGIApp, allowed: frozenset[str]) -> None:
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._foreign(scope):
            message = "This write came with a session cookie from another site's page and was refused."
            body = problem(403, "foreign_origin", message, scope["path"])
            await JSONResponse(body, 403, media_type="application/problem+json")(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _foreign(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if scope["method"] in SAFE or "cookie" not in headers or "authorization" in headers:
            return False
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")
        return origin not in self._allowed and urlsplit(origin).netloc != headers.get("host")
