"""What no route should have to look at: bodies too large, packed or read differently by different readers, and NULs."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loom_app.api.refusal import refuse
from loom_app.kernel.errors import Invalid, LoomError, TooLarge, Unsupported

MOST_BYTES = 1_000_000
NUL = Invalid("The address holds a NUL character (%00). Leave it out.", code="bad_address")
PACKED = Unsupported(
    "The body is compressed (Content-Encoding). Send it as it is, without that header.", code="compressed_body"
)
BROKEN_OFF = Invalid("The body ended before it was complete.", code="incomplete_body")
NOT_UTF8 = Invalid("The body cannot be read as JSON: it is not UTF-8.", code="invalid_json")


class Bounds:
    """ASGI middleware. Addresses that end in one of `own_limit` count their bodies themselves.

    Bodies of `unread` are counted and not looked into; `larger` are ends of addresses that take more bytes than others,
    and how many.
    """

    def __init__(
        self, app: ASGIApp, own_limit: tuple[str, ...], unread: tuple[str, ...] = (),
        larger: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        self._app, self._own_limit, self._unread, self._larger = app, own_limit, unread, larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        fault = _fault_of_head(scope, headers)
        if fault:
            await refuse(fault, scope, receive, send)
        elif scope["path"].endswith(self._own_limit):
            await self._app(scope, receive, send)
        else:
            await self._with_body(headers, scope, receive, send)

    async def _with_body(self, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        said = headers.get("content-length", "")
        try:
            most = next((most for end, most in self._larger.items() if scope["path"].endswith(end)), MOST_BYTES)
            if said.isdecimal() and (len(said) > 20 or int(said) > most):
                raise _too_large(most)
            body = await _whole(receive, most)
            looked_into = not (self._unread and scope["path"].endswith(self._unread))
            if body and looked_into and "json" in headers.get("content-type", "").lower():
                _check_json(body)
        except LoomError as fault:
            await refuse(fault, scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)


def _fault_of_head(scope: Scope, headers: Headers) -> LoomError | None:
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return NUL
    return PACKED if headers.get("content-encoding", "identity").strip().lower() != "identity" else None


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        f"The body has more than {most // 1_000_000} MB, the most that one request may send here. Send less at a time; "
        "files of beads go to POST /api/v1/projects/{project_id}/beads/import.",
        code="body_too_large",
        most_bytes=most,
    )


async def _whole(receive: Receive, most: int) -> bytes:
    """The body. Raises TooLarge as soon as there is too much, and Invalid when the client stops before its end."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BROKEN_OFF
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Hands out `body`, then whatever else comes."""
    rest = [body]

    async def receiving() -> Message:
        return {"type": "http.request", "body": rest.pop(), "more_body": False} if rest else await receive()

    return receiving


def _check_json(body: bytes) -> None:
    """Raises Invalid for what other readers of JSON take to mean something else, or refuse.

    What is no JSON at all is left to FastAPI, which says where the fault is.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NOT_UTF8 from None
    if "\0" in text:
        raise NOT_UTF8
    try:
        json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        message = f"The body names {twice[:60]!r} twice in one object. Send each name once."
        raise Invalid(message, code="duplicate_name")
    return found


def _no_number(word: str) -> NoReturn:
    raise Invalid(f"The body holds {word}, which is no JSON number.", code="invalid_json")
