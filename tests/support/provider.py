"""A model provider for tests: a real HTTP process that speaks OpenAI's protocol and fails on command.

    python -m tests.support.provider --port 0        prints the port it listens on, then serves until killed

Control it over HTTP:
    POST /_script [step, ...]   add steps; each completion request plays the first one that fits it
    POST /_config {...}         change settings (see DEFAULTS in provider_script.py)
    POST /_reset                forget steps, settings and log
    GET  /_log?path=completions&settled=1&at_least=2&timeout=5
                                requests received, oldest first, waiting for that many if asked

A step may hold: reply (text or object), model, usage, reasoning, finish_reason, when (only for prompts containing
this text), times (0 = for ever), delay (s before the answer), piece (characters a chunk), piece_delay (s),
stream (false: answer whole though a stream was asked), status with body, retry_after and headers, and the faults
garbage, cut_after, hang, hang_after, hang_at_end,
nothing, no_usage, no_finish, no_done, split_utf8, crlf, no_space, keepalive, only_comments (so many before each
piece), error_in_stream, context_overflow, refusal (text), tool_calls ([{id, name, arguments}]) with numbers.

A model that is not in `known_models` is answered by the first that is, as TokenHub does; see X-Negotiated-Model.

The health check's test completion is answered "ok" and uses up no step, unless a step's `when` names its prompt.
"""

import argparse
import contextlib
import json
import os
import select
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.provider_script import Script
from tests.support.provider_wire import OVERFLOWS, completion, events, usage_of

MAX_BODY = 10_000_000


class Handler(BaseHTTPRequestHandler):
    """One connection to the provider."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if url.path == "/_log":
            self.answer(200, self.server.script.entries(
                path=query.get("path", ""),
                settled=query.get("settled") == "1",
                at_least=int(query.get("at_least", 0)),
                timeout=float(query.get("timeout", 0)),
            ))  # fmt: skip
        elif url.path == "/healthz":
            status = self.server.script.config["healthz_status"]
            self.answer(status, {"status": "ok" if status == 200 else "unhealthy", "adapters": 1, "models": 1})
        elif url.path == "/_script":
            self.answer(200, {"waiting": self.server.script.waiting()})
        elif url.path.endswith("/models"):
            self.list_models(url.path)
        else:
            self.answer(404, "404 page not found\n")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.startswith("/_"):
            self.control(path, raw)
        elif path.endswith("/chat/completions"):
            self.complete(path, raw)
        else:
            self.answer(404, "404 page not found\n")

    def control(self, path: str, raw: bytes) -> None:
        script = self.server.script
        try:
            body = json.loads(raw or b"{}")
            if path == "/_script":
                self.answer(200, {"waiting": script.extend(body)})
            elif path == "/_config":
                script.configure(body)
                self.answer(200, script.config)
            elif path == "/_reset":
                script.reset()
                self.answer(200, {})
            else:
                self.answer(404, "404 page not found\n")
        except (ValueError, TypeError) as error:
            self.answer(400, {"error": {"message": str(error)}})

    def list_models(self, path: str) -> None:
        script = self.server.script
        entry = script.record(self.request_seen(path, {}))
        status = script.config["models_status"]
        time.sleep(script.config["models_delay"])
        if not self.authorised():
            self.settle_error(entry, 401, "invalid api key\n")
        elif status != 200:
            self.settle_error(entry, status, "models are not available\n")
        else:
            script.settle(entry, outcome="answered", status=200)
            self.answer(200, {"object": "list", "data": script.config["models"]})

    def complete(self, path: str, raw: bytes) -> None:
        script = self.server.script
        try:
            body = json.loads(raw)
        except ValueError as error:
            self.answer(400, openai_error(f"invalid JSON: {error}"))
            return
        entry = script.record(self.request_seen(path, body))
        if len(raw) > MAX_BODY:
            self.settle_error(entry, 400, openai_error("invalid JSON: http: request body too large"))
            return
        key = self.headers.get("Idempotency-Key", "")
        if script.config["idempotency"] and key in script.replays:
            status, headers, payload = script.replays[key]
            script.settle(entry, outcome="replayed", status=status)
            self.send(status, {**headers, "Idempotency-Replay": "true"}, payload)
        elif not self.authorised():
            self.settle_error(entry, 401, "invalid api key\n")
        elif refused := [name for name in script.config["refuse"] if body.get(name)]:
            self.settle_error(entry, 400, openai_error(f"{refused[0]} is not supported", refused[0]))
        elif said := next((told for name, told in script.config["refusals"].items() if body.get(name)), None):
            self.settle_error(entry, said["status"], said["body"])
        else:
            step = script.next_step(json.dumps(body.get("messages"), ensure_ascii=False))
            self.play(entry, step, body)

    def play(self, entry: dict[str, Any], step: dict[str, Any], body: dict[str, Any]) -> None:
        time.sleep(step.get("delay", self.server.script.config["default_delay"]))
        if step.get("nothing"):
            self.drop(entry, "dropped")
        elif step.get("hang"):
            self.hang(entry)
        elif "context_overflow" in step:
            self.settle_error(entry, 400, OVERFLOWS[step["context_overflow"]])
        elif "status" in step:
            headers = dict(step.get("headers") or {})
            if "retry_after" in step:
                headers["Retry-After"] = str(step["retry_after"])
            self.settle_error(entry, step["status"], step.get("body", "scripted refusal\n"), headers)
        else:
            self.reply(entry, step, body)

    def reply(self, entry: dict[str, Any], step: dict[str, Any], body: dict[str, Any]) -> None:
        reply = step.get("reply", self.server.script.config["default_reply"])
        reply = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
        model = step.get("model") or self.negotiated(body.get("model") or "")
        usage = usage_of(step, body, reply)
        self.server.script.settle(entry, usage=usage, reply=reply, model_answered=model)
        if body.get("stream") and step.get("stream") is not False:
            asked = (body.get("stream_options") or {}).get("include_usage")
            self.stream(entry, step, events(entry, step, reply, model, usage if asked or "usage" in step else None))
        elif step.get("garbage"):
            self.settle_error(entry, 200, "<html>this is no completion</html>")
        else:
            self.whole(entry, step, completion(entry, step, reply, model, usage))

    def negotiated(self, asked: str) -> str:
        """The model that answers when `asked` was wanted."""
        known: list[str] | None = self.server.script.config["known_models"]
        if known is None:
            return asked or "test-model"
        bare = asked.rpartition("/")[2]
        return next((name for name in (asked, bare) if name in known), known[0])

    def whole(self, entry: dict[str, Any], step: dict[str, Any], answer: dict[str, Any]) -> None:
        payload = json.dumps(answer).encode()
        if "cut_after" in step:
            self.send(200, {"Content-Type": "application/json"}, payload[: step["cut_after"]], length=len(payload))
            self.drop(entry, "cut")
            return
        self.remember(200, {"Content-Type": "application/json"}, payload)
        self.server.script.settle(entry, outcome="answered", status=200)
        self.send(200, {"Content-Type": "application/json"}, payload)

    def stream(self, entry: dict[str, Any], step: dict[str, Any], pieces: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        if self.server.script.config["known_models"] is not None:
            self.send_header("X-Negotiated-Model", entry["model_answered"])
        self.end_headers()
        try:
            for piece in pieces:
                parts = [bytes([byte]) for byte in piece] if step.get("split_utf8") else [piece]
                for part in parts:
                    self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                time.sleep(step.get("piece_delay", 0))
            if "hang_after" in step or step.get("hang_at_end"):
                self.hang(entry)
            elif "cut_after" in step:
                self.drop(entry, "cut")
            else:
                self.server.script.settle(entry, outcome="answered", status=200)
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.drop(entry, "client_left")

    def hang(self, entry: dict[str, Any]) -> None:
        """Say nothing until the caller goes away."""
        select.select([self.connection], [], [])
        self.drop(entry, "client_left")

    def drop(self, entry: dict[str, Any], outcome: str) -> None:
        self.server.script.settle(entry, outcome=outcome)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def settle_error(
        self, entry: dict[str, Any], status: int, body: Any, headers: dict[str, str] | None = None
    ) -> None:
        plain = isinstance(body, str)
        all_headers = {"Content-Type": "text/plain" if plain else "application/json", **(headers or {})}
        payload = body.encode() if plain else json.dumps(body).encode()
        self.remember(status, all_headers, payload)
        self.server.script.settle(entry, outcome="refused" if status >= 400 else "answered", status=status)
        self.send(status, all_headers, payload)

    def remember(self, status: int, headers: dict[str, str], payload: bytes) -> None:
        key = self.headers.get("Idempotency-Key", "")
        if key and status < 500:
            self.server.script.replays[key] = (status, headers, payload)

    def authorised(self) -> bool:
        wanted = self.server.script.config["api_key"]
        return wanted is None or self.headers.get("Authorization") == f"Bearer {wanted}"

    def request_seen(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return {"method": self.command, "path": path, "headers": headers, "body": body,
                "messages": body.get("messages"), "model": body.get("model")}  # fmt: skip

    def answer(self, status: int, body: Any) -> None:
        plain = isinstance(body, str)
        kind = "text/plain" if plain else "application/json"
        self.send(status, {"Content-Type": kind}, body.encode() if plain else json.dumps(body).encode())

    def send(self, status: int, headers: dict[str, str], payload: bytes, length: int | None = None) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload) if length is None else length))
            self.end_headers()
            self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Stay quiet: the log is read over HTTP."""


def openai_error(message: str, param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": None}}


class Server(ThreadingHTTPServer):
    """The provider; one thread a connection."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.script = Script()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is nothing to report; anything else is."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def end_with_parent() -> None:
    """Leave when the starter's end of stdin closes, so that no test run leaves a process behind."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--end-with-stdin", action="store_true", help="stop when stdin is closed")
    options = parser.parse_args()
    server = Server(options.port)
    print(server.server_address[1], flush=True)
    if options.end_with_stdin:
        end_with_parent()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
