"""Only names that are ours are answered: a page of somebody else whose name leads here must learn nothing."""

import re
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from loom_app.api.refusal import refuse
from loom_app.config import Settings
from loom_app.kernel.errors import Invalid

ANY_NAME = ("/health/live", "/health/ready")
"""For balancers and supervisors, which name a machine as they please; they tell nothing but that it serves."""
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\[\]:@/\\?#\s]+)(?::\d{1,5})?", re.IGNORECASE)


class Hosts:
    """ASGI middleware for requests and sockets. The port does not matter: it is not what a foreign name can fake."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._names = settings.hosts
        self._by_address = settings.listens_everywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in ANY_NAME:
            await self._app(scope, receive, send)
            return
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(given) == 1 and self._ours(given[0]):
            await self._app(scope, receive, send)
            return
        await refuse(_unknown(given), scope, receive, send)

    def _ours(self, host: str) -> bool:
        match = HOST.fullmatch(host)
        if match is None:
            return False
        name = match["name"].lower().removesuffix(".")
        return name in self._names or (self._by_address and _is_address(name))


def _is_address(name: str) -> bool:
    """Whether it is an address rather than a name; only names can be made to lead elsewhere."""
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _unknown(given: list[str]) -> Invalid:
    if len(given) != 1:
        return Invalid("The request must name its host once, in one Host header.", code="unknown_host")
    return Invalid(
        f"Loom is not known as {given[0][:100]!r}. If that name is right, add it without its port to "
        "LOOM_API__ALLOWED_HOSTS (api.allowed_hosts in config.yaml) and start Loom again.",
        code="unknown_host",
    )
