"""What browsers send, and every live socket, must come from our own pages."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from loom_app.api.refusal import refuse
from loom_app.kernel.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ELSEWHERE = ("cross-site", "same-site")
"""What browsers say in Sec-Fetch-Site of requests that pages of other origins make; other ports are `same-site`."""
REQUEST = Forbidden(
    "This was sent by another site's page and was refused. Origins of your own pages belong in "
    "LOOM_API__ALLOWED_ORIGINS; programs leave the header Origin out.",
    code="foreign_origin",
)
SOCKET = Forbidden(
    "This live socket was opened by another site's page and was refused. Origins of your own pages belong in "
    "LOOM_API__ALLOWED_ORIGINS.",
    code="foreign_origin",
)


class OriginCheck:
    """ASGI middleware: sockets, and requests that a browser says who sent, come from this host or from `allowed`.

    It does not ask whether a cookie came along: signing somebody in from elsewhere is an attack as well, and where
    nobody signs in there is no cookie at all.
    """

    def __init__(self, app: ASGIApp, allowed: frozenset[str]) -> None:
        self._app, self._allowed = app, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._fault(scope) if scope["type"] in ("http", "websocket") else None
        if refused:
            await refuse(refused, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _fault(self, scope: Scope) -> Forbidden | None:
        headers = Headers(scope=scope)
        if scope["type"] == "websocket":
            return SOCKET if "origin" in headers and not self._is_ours(headers) else None
        reads = scope["method"] in SAFE
        foreign = self._loads_from_elsewhere(scope, headers) if reads else self._writes_from_elsewhere(headers)
        return REQUEST if foreign else None

    def _is_ours(self, headers: Headers) -> bool:
        """Whether the Origin is this host's or one of the allowed."""
        origin = headers["origin"]
        return origin in self._allowed or origin.partition("://")[2] == headers.get("host")

    def _writes_from_elsewhere(self, headers: Headers) -> bool:
        if "origin" in headers:
            return not self._is_ours(headers)
        return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")

    def _loads_from_elsewhere(self, scope: Scope, headers: Headers) -> bool:
        """A page elsewhere may lead people to an address of the API, but not load it on its own."""
        if not scope["path"].startswith("/api/") or headers.get("sec-fetch-site") not in ELSEWHERE:
            return False
        if headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document":
            return False
        return "origin" not in headers or not self._is_ours(headers)
