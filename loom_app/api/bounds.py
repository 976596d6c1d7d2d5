"""What no route should have to look at: bodies beyond the limit and addresses that hold a NUL."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loom_app.api.refusal import refuse
from loom_app.kernel.errors import Invalid, TooLarge

MOST_BYTES = 1_000_000
TOO_LARGE = TooLarge(
    "The body has more than 1 MB, the most that one request may send. Send less at a time; files of beads go to "
    "POST /api/v1/projects/{project_id}/beads/import.",
    code="body_too_large",
    most_bytes=MOST_BYTES,
)
NUL = Invalid("The address holds a NUL character (%00). Leave it out.", code="bad_address")


class Bounds:
    """ASGI middleware. Addresses that end in one of `own_limit` count their bodies themselves."""

    def __init__(self, app: ASGIApp, own_limit: tuple[str, ...]) -> None:
        self._app, self._own_limit = app, own_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif "\0" in scope["path"] or b"%00" in scope["query_string"]:
            await refuse(NUL, scope, receive, send)
        elif scope["path"].endswith(self._own_limit):
            await self._app(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the application read until there is too much; then it hears of nothing more and its answer is ours."""
        said = Headers(scope=scope).get("content-length", "")
        size, over = 0, said.isdecimal() and int(said) > MOST_BYTES

        async def receiving() -> Message:
            nonlocal size, over
            message = await receive()
            size += len(message.get("body", b""))
            over = over or size > MOST_BYTES
            return {"type": "http.disconnect"} if over else message

        async def sending(message: Message) -> None:
            if not over:
                await send(message)

        if not over:
            await self._app(scope, receiving, sending)
        if over:
            await refuse(TOO_LARGE, scope, receive, send)
