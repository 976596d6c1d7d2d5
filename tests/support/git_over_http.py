"""A site on loopback that serves the repositories of this machine over http, behind one user name's password."""

import base64
import subprocess
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import psutil

Answer = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body."""
POLL_SECONDS = 0.02


class GitOverHttp:
    """The site; `with` ends it. `logins` are those it was told, `seen_processes` what showed of git meanwhile."""

    def __init__(self, password: str, root: Path = Path("/")) -> None:
        self.password, self.root = password, root
        self.logins: list[str] = []
        self.seen_processes: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True)

    @property
    def site(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_port}"

    def address(self, repository: Path) -> str:
        """Where a repository of this machine is reached."""
        return f"http://{self.site}{repository}"

    def answer(self, method: str, path: str, headers: Mapping[str, str], sent: bytes) -> Answer | None:
        """What is answered to what is not git's; None for what is."""
        return None

    def lets_in(self, header: str) -> bool:
        """Whether the Authorization header holds the password."""
        if header:
            self.logins.append(base64.b64decode(header.removeprefix("Basic ")).decode())
            self._look_around()
        return bool(header) and self.logins[-1].partition(":")[2] == self.password

    def _look_around(self) -> None:
        """Keeps the arguments and variables of every git there is at this moment."""
        for process in psutil.process_iter():
            try:
                if process.name().startswith("git"):
                    self.seen_processes.append(f"{process.cmdline()} {process.environ()}")
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _handler(site: GitOverHttp) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            other = site.answer(self.command, self.path, dict(self.headers), sent)
            if other is not None:
                self._give(*other)
                return
            if not site.lets_in(self.headers.get("Authorization", "")):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.end_headers()
                return
            head, _, body = self._backend(sent).partition(b"\r\n\r\n")
            fields = [line.partition(": ")[::2] for line in head.decode().split("\r\n")]
            self.send_response(int(dict(fields).get("Status", "200").split()[0]))
            for name, value in fields:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def _give(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            """Answers; with the status 0 the connection is cut in the middle."""
            self.send_response(status or 200)
            for name, value in {"Content-Length": str(len(body) + (status == 0)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _backend(self, sent: bytes) -> bytes:
            path, _, query = self.path.partition("?")
            told = {
                "GIT_PROJECT_ROOT": str(site.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
                "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "REMOTE_USER": "cook", "REMOTE_ADDR": "127.0.0.1",
                "CONTENT_TYPE": self.headers.get("Content-Type", ""), "PATH": "/usr/bin:/bin",
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }  # fmt: skip
            command = ["git", "-c", "safe.directory=*", "http-backend"]
            return subprocess.run(command, input=sent, env=told, capture_output=True, check=False).stdout

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler
