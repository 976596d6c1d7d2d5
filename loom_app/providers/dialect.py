"""What a server understands of a request: everything at first, less once it has complained."""

import re
from typing import Any

from loom_app.providers.chat import ChatRequest
from loom_app.providers.errors import ProviderError

COMPLAINTS = {
    "stream_options": re.compile(r"stream_options|include_usage", re.IGNORECASE),
    "json_schema": re.compile(r"json.?schema|must be (one of )?.{0,20}json_object", re.IGNORECASE),
    "response_format": re.compile(r"response_format|json.?(schema|object|mode)|guided|grammar", re.IGNORECASE),
    "max_tokens": re.compile(r"max_completion_tokens", re.IGNORECASE),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
    "stream": re.compile(r"\bstream(s|ed|ing)?\b", re.IGNORECASE),
}
"""Fields a server may refuse, and how its refusal mentions them; the more particular ones first.

A server that knows no JSON schema is asked for any JSON object before it is asked for no form at all.
"""


TOOLS = re.compile(r"\btools?\b|tool[_ -]?(choice|use|call)|function[_ -]?call|\bfunctions\b", re.IGNORECASE)
UNABLE = re.compile(
    r"support|require|enable|jinja|unknown|unexpected|not (available|allowed|implemented)", re.IGNORECASE
)


def refuses_tools(error: ProviderError) -> bool:
    """Whether `error`, which came of a request with tools, says that the server or its model takes none."""
    if error.kind not in ("bad_request", "server", "model_missing") or not TOOLS.search(error.detail):
        return False
    return error.http_status in (400, 404, 405, 415, 422) or (
        error.http_status in (500, 501) and bool(UNABLE.search(error.detail))
    )


class Dialect:
    """The request fields one server has refused so far."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    @property
    def streams(self) -> bool:
        """Whether answers can be had as a stream."""
        return "stream" not in self.refused

    def body(self, request: ChatRequest) -> dict[str, Any]:
        """The JSON to send for `request`."""
        wanted: dict[str, Any] = {
            "messages": [dict(message) for message in request.messages],
            "model": request.model or None,
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
        }
        wanted["response_format"] = self._form(request)
        if request.tools:
            wanted |= {"tools": [dict(tool) for tool in request.tools], "tool_choice": request.tool_choice}
        if self.streams:
            wanted |= {"stream": True, "stream_options": {"include_usage": True}}
        if "max_tokens" in self.refused:
            wanted["max_completion_tokens"] = wanted.pop("max_tokens")
        return {name: value for name, value in wanted.items() if value is not None and name not in self.refused}

    def _form(self, request: ChatRequest) -> dict[str, Any] | None:
        """What the answer is asked to look like."""
        if request.response_schema is not None and "json_schema" not in self.refused:
            schema = {"name": "reply", "schema": dict(request.response_schema)}
            return {"type": "json_schema", "json_schema": schema}
        return {"type": "json_object"} if request.json_mode or request.response_schema is not None else None

    def learn(self, error: ProviderError, sent: dict[str, Any]) -> bool:
        """Whether `error` complains about a field of `sent`, which is then left out or renamed from now on."""
        if error.kind not in ("bad_request", "server") or error.http_status not in (400, 405, 415, 422, 501):
            return False
        form = (sent.get("response_format") or {}).get("type")
        present = {*sent, *([form] if form else [])}
        for field, complaint in COMPLAINTS.items():
            if field in present and field not in self.refused and complaint.search(error.detail):
                self.refused.add(field)
                return True
        return False
