"""The web process: pages, live socket and REST interface on one port, from the pages built beforehand."""

import gc
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from loom_app.config import settings
from loom_app.kernel import log
from loom_app.supervisor.places import PAGES, ROOT
from loom_app.supervisor.tether import die_with

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS_TO_FINISH = 5
"""How long open requests and event streams may hold up a stop."""
HEAD = HTTP1Settings(header_read_timeout=15_000, max_buffer_size=65_536)
"""How long (ms) the head of a request may take, and how many bytes it may have."""


class CacheHeaders:
    """Lets browsers keep the built files, whose names change with their content, and ask again for each page."""

    def __init__(self, app: "ASGIApp") -> None:
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Adds Cache-Control to answers that have none."""

        async def sending(message: "Message") -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                policy = _policy(scope["path"], message["status"], dict(headers))
                if policy:
                    headers.append((b"cache-control", policy))
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)


def _policy(path: str, status: int, headers: dict[bytes, bytes]) -> bytes:
    if b"cache-control" in headers or status not in (200, 206, 304):
        return b""
    if path.startswith("/assets/"):
        return b"public, max-age=31536000, immutable"
    return b"no-cache" if headers.get(b"content-type", b"").startswith(b"text/html") else b""


def application(parent: int) -> "ASGIApp":
    """The whole application, loaded in the process that serves it, which dies with `parent`.

    What is loaded by then is left out of garbage collection for good: it would only lengthen the pauses.
    """
    die_with(parent)
    configured = settings().log
    log.configure(configured.level, as_json=configured.format == "json")
    from loom_app.api.cors import without_grants
    from loom_app.loom_app import app

    loaded = CacheHeaders(without_grants(app()))
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return loaded


def main() -> int:
    """Serves until SIGTERM or SIGINT. Returns 1 when the pages have not been built."""
    api = settings().api
    if not (PAGES / "index.html").exists():
        print(f"The pages are not built: {PAGES} is missing. Run `make build` in {ROOT}.", file=sys.stderr)  # noqa: T201
        return 1
    os.chdir(ROOT)
    os.environ |= {
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_BACKEND_ONLY": "true",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_CORS_ALLOWED_ORIGINS": ",".join(settings().origins),
    }
    server = Server(
        "loom_app.loom_app:app",
        address=api.host,
        port=api.port,
        interface=Interfaces.ASGI,
        workers_kill_timeout=SECONDS_TO_FINISH,
        http1_settings=HEAD,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=partial(application, os.getpid()), wrap_loader=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
