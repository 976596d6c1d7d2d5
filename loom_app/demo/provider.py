"""The demo model as a provider: a process of its own that speaks OpenAI's HTTP protocol.

    python -m loom_app.demo.provider --port 8090

It plays the prepared replies of `loom_app.demo.script` at the speed of a fast model and understands nothing.
It imports no other room, so that it starts at once and stays small.
"""

import argparse
import asyncio
import ipaddress
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from functools import partial

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from loom_app.demo.completions import MODEL, BadRequest, Completion, complete

PACE = 1500.0
"""Characters a second, about what fast hosted models reach."""
FIRST_TOKEN_SECONDS = 0.15
MAX_BODY = 10_000_000
STOP_SECONDS = 0.5
"""After this long a stop no longer waits for answers under way."""


def create_provider(pace: float = PACE) -> Starlette:
    """The provider as an ASGI application. A pace of 0 answers without any delay."""
    app = Starlette(
        routes=[
            Route("/healthz", health),
            Route("/v1/models", list_models),
            Route("/v1/chat/completions", chat_completions, methods=["POST"]),
        ],
        exception_handlers={BadRequest: refuse, HTTPException: refuse_http},  # type: ignore[dict-item]
    )
    app.state.pace = pace
    return app


async def health(_: Request) -> Response:
    """That it lives."""
    return JSONResponse({"status": "ok", "adapters": 1, "models": 1})


async def list_models(_: Request) -> Response:
    """The only model there is."""
    model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "demo", "context_length": 131_072}
    return JSONResponse({"object": "list", "data": [model]})


async def chat_completions(request: Request) -> Response:
    """The next reply of a conversation, whole or as a stream of server-sent events."""
    completion = complete(decode(await read_body(request)))
    pace: float = request.app.state.pace
    if completion.stream:
        return StreamingResponse(stream(completion, pace), media_type="text/event-stream")
    await think(len(completion.text), pace)
    return JSONResponse(completion.whole())


async def read_body(request: Request) -> bytes:
    """The request body. Raises BadRequest when it is larger than MAX_BODY bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise BadRequest(f"The request is larger than {MAX_BODY:,} bytes.", status=413)
    return bytes(body)


def decode(body: bytes) -> object:
    """The JSON value of a request body. Raises BadRequest when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"The request body is not JSON: {error}") from error


async def stream(completion: Completion, pace: float) -> AsyncIterator[bytes]:
    """The events of a streamed answer, at `pace` characters a second."""
    await think(0, pace)
    yield event(completion.opening())
    for characters, piece in completion.pieces():
        if pace:
            await asyncio.sleep(characters / pace)
        yield event(piece)
    for last in completion.closing():
        yield event(last)
    yield b"data: [DONE]\n\n"


async def think(characters: int, pace: float) -> None:
    """Wait as long as a model takes to its first token and to write that many characters."""
    if pace:
        await asyncio.sleep(FIRST_TOKEN_SECONDS + characters / pace)


def event(payload: object) -> bytes:
    """One server-sent event."""
    return f"data: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


async def refuse(_: Request, refused: BadRequest) -> Response:
    """A refusal in OpenAI's shape."""
    return JSONResponse({"error": refused.error}, status_code=refused.status)


async def refuse_http(request: Request, refused: HTTPException) -> Response:
    """A wrong path or method, in the same shape."""
    text = f"{request.method} {request.url.path}: {refused.detail}. See POST /v1/chat/completions and GET /v1/models."
    error = BadRequest(text, code="unknown_url", status=refused.status_code)
    return JSONResponse({"error": error.error}, status_code=error.status, headers=refused.headers)


async def serve(host: str, port: int, pace: float) -> None:
    """Serve until SIGTERM or SIGINT, and then stop within a second."""
    server = Server(
        create_provider(pace),
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        log_level=LogLevels.error,
        websockets=False,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, partial(stop, server, loop))
    await server.serve()


def stop(server: Server, loop: asyncio.AbstractEventLoop) -> None:
    """Stop serving. An answer under way gets a moment; no client may hold the process open longer."""
    server.stop()  # type: ignore[no-untyped-call]
    loop.call_later(STOP_SECONDS, os._exit, 0)


def main(argv: list[str] | None = None) -> int:
    """Run the provider; 1 when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m loom_app.demo.provider", description="Loom's demo model.")
    parser.add_argument("--host", default="127.0.0.1", type=loopback, help="loopback address to listen on")
    parser.add_argument("--port", required=True, type=int, help="port to listen on")
    parser.add_argument("--pace", default=PACE, type=float, help="characters a second, 0 for no delay")
    options = parser.parse_args(argv)
    if reason := taken(options.host, options.port):
        print(f"The demo model cannot listen on {options.host}:{options.port}: {reason}.", file=sys.stderr)  # noqa: T201
        return 1
    asyncio.run(serve(options.host, options.port, options.pace))
    return 0


def loopback(host: str) -> str:
    """The address itself. Raises argparse's error for anything that other machines could reach."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{host} is not a loopback address; the demo model is for this machine only")


def taken(host: str, port: int) -> str:
    """Why a port cannot be listened on, or nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            return getattr(error, "strerror", None) or str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main())
