"""What a server understands of a request: everything at first, less once it has complained."""

import re
from typing import Any

from loom_app.providers.chat import ChatRequest
from loom_app.providers.errors import ProviderError

COMPLAINTS = {
    "stream_options": re.compile(r"stream_options|include_usage", re.IGNORECASE),
    "response_format": re.compile(r"response_format|json.?schema|guided|grammar", re.IGNORECASE),
    "max_tokens": re.compile(r"max_completion_tokens", re.IGNORECASE),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
    "stream": re.compile(r"\bstream(s|ed|ing)?\b", re.IGNORECASE),
}
"""Fields a server may refuse, and how its refusal mentions them; the more particular ones first."""


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
        if request.response_schema is not None:
            schema = {"name": "reply", "schema": dict(request.response_schema)}
            wanted["response_format"] = {"type": "json_schema", "json_schema": schema}
        if self.streams:
            wanted |= {"stream": True, "stream_options": {"include_usage": True}}
        if "max_tokens" in self.refused:
            wanted["max_completion_tokens"] = wanted.pop("max_tokens")
        return {name: value for name, value in wanted.items() if value is not None and name not in self.refused}

    def learn(self, error: ProviderError, sent: dict[str, Any]) -> bool:
        """Whether `error` complains about a field of `sent`, which is then left out or renamed from now on."""
        if error.kind not in ("bad_request", "server") or error.http_status not in (400, 405, 415, 422, 501):
            return False
        for field, complaint in COMPLAINTS.items():
            if field in sent and field not in self.refused and complaint.search(error.detail):
                self.refused.add(field)
                return True
        return False
