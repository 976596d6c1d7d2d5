"""An address that takes webhooks, in threads of its own: it lives on when Loom's processes are killed."""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Taken:
    """One message as it came."""

    id: str
    path: str
    body: str


class Target:
    """Takes what comes and says so; what is posted to a path in `hanging` is kept waiting until the end."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.hanging: set[str] = set()
        self._over = threading.Event()
        of = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                of.taken.append(Taken(self.headers["webhook-id"], self.path, body))
                if self.path in of.hanging:
                    of._over.wait()
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def ids(self, path: str, words: str) -> set[str]:
        """The ids of the messages to `path` that say `words`."""
        return {one.id for one in list(self.taken) if one.path == path and words in one.body}

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
