"""Headers that keep browsers from guessing types, framing our pages and telling other sites our addresses."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loom_app.api.policy import NOTHING

REFUSED_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "fullscreen", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in REFUSED_FEATURES),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}
POLICY = "Content-Security-Policy"
NOT_MODIFIED = 304


class SecurityHeaders:
    """ASGI middleware that adds HEADERS and a policy to every answer; what a route says itself stays.

    `pages` is the policy of HTML; `https` says that people reach Loom by HTTPS alone.
    """

    def __init__(self, app: ASGIApp, pages: str, https: bool) -> None:
        self._app, self._pages = app, pages
        self._always = HEADERS | (ONLY_HTTPS if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), message["status"])
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)

    def _add(self, headers: MutableHeaders, status: int) -> None:
        """A 304 keeps the policy that the browser has stored with the page."""
        for name, value in self._always.items():
            headers.setdefault(name, value)
        if status != NOT_MODIFIED:
            html = headers.get("content-type", "").startswith("text/html")
            headers.setdefault(POLICY, self._pages if html else NOTHING)
