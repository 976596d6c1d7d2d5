"""What goes wrong with a provider, as one family, and how its answers are told apart."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from loom_app.kernel.clock import now
from loom_app.kernel.errors import LoomError
from loom_app.providers.chat import Usage

Kind = Literal[
    "unreachable", "timeout", "rate_limited", "budget", "auth", "bad_request", "context_overflow", "server", "garbage",
    "cut_off", "model_missing", "no_tools",
]  # fmt: skip

RETRYABLE = frozenset({"unreachable", "timeout", "rate_limited", "server", "garbage", "cut_off"})
SHOWN_CHARACTERS = 300
KEPT_CHARACTERS = 8_000

OVERFLOW = re.compile(
    r"exceed_context_size|context_length_exceeded|maximum context length|context (length|window|size) (is )?exceeded"
    r"|exceeds? the (available |model'?s? |maximum )*context|prompt (is )?too long|prompt_too_long"
    r"|input is too long|too many (input )?tokens|larger than the context"
    r"|(request|payload|body)( entity)?( is)? too large",
    re.IGNORECASE,
)
BUDGET = re.compile(
    r"budget|insufficient_quota|exceeded your current quota|billing|insufficient.{0,12}(credit|balance|funds)"
    r"|payment required|out of credits?",
    re.IGNORECASE,
)
NO_MODEL = re.compile(
    r"model_not_found|no such model|(model|the model).{0,120}(does not exist|not found|is not available|not supported)"
    r"|unknown model|no eligible models|not a valid model",
    re.IGNORECASE | re.DOTALL,
)
OVERLOAD = re.compile(r"overloaded|rate.?limit|too many requests", re.IGNORECASE)


class ProviderError(LoomError):
    """A provider did not do what was asked.

    `retryable` says whether the same request may succeed later, `retry_after` in how many seconds at the earliest when
    the provider said so. `billed` is None when the call may have been charged though no usage is known; `usage` is what
    is known of it. `answered` is True when the provider took the request and answered it, so that repeating it needs a
    fresh idempotency key; `replayed` when that answer was an old one kept for its key. `detail` is the provider's text.
    """

    status, code = 502, "provider_error"

    def __init__(
        self,
        message: str,
        *,
        kind: Kind,
        retry_after: float | None = None,
        retryable: bool | None = None,
        billed: bool | None = None,
        usage: Usage | None = None,
        answered: bool = True,
        replayed: bool = False,
        http_status: int | None = None,
        detail: str = "",
        **extra: Any,
    ) -> None:
        if retry_after is not None:
            extra["retry_after"] = retry_after
        super().__init__(message, code=f"provider_{kind}", **extra)
        self.kind: Kind = kind
        self.retry_after = retry_after
        self.retryable = kind in RETRYABLE if retryable is None else retryable
        self.billed = billed
        self.usage = usage
        self.answered = answered
        self.replayed = replayed
        self.http_status = http_status
        self.detail = detail


def refusal_of(host: str, status: int, headers: Mapping[str, str], text: str) -> ProviderError:
    """The error a refusing answer stands for: HTTP status, headers (lower case names) and the start of its body."""
    block = _error_block(text)
    message = _message(block, text)
    retry_after = _retry_after(headers.get("retry-after"))
    kind = _kind(status, text, retry_after)
    return ProviderError(
        f"{host} {_SAYS[kind].format(status=status)}{_quoted(message)} {_ADVICE[kind]}",
        kind=kind,
        retry_after=retry_after,
        billed=None if status in (408, 504) else False,
        answered=status < 500,
        replayed=headers.get("idempotency-replay", "").lower() == "true",
        http_status=status,
        detail=text[:KEPT_CHARACTERS],
        **(_sizes(block, text) if kind == "context_overflow" else {}),
    )


def without_tools(error: ProviderError) -> None:
    """Makes `error` what it is when it came of the functions in a request: these are not taken, whoever asks again."""
    error.message = error.message.removesuffix(_ADVICE.get(error.kind, "")) + _ADVICE["no_tools"]
    error.kind, error.code, error.retryable = "no_tools", "provider_no_tools", False


def fault_in_answer(host: str, block: object) -> ProviderError:
    """The error reported inside an answer that had begun as a success."""
    text = json.dumps({"error": block}, ensure_ascii=False)
    given = block.get("code") if isinstance(block, Mapping) else None
    guessed = 429 if OVERLOAD.search(text) else 500
    error = refusal_of(host, given if isinstance(given, int) and 400 <= given < 600 else guessed, {}, text)
    error.answered, error.billed = True, None
    return error


_SAYS: dict[str, str] = {
    "rate_limited": "asks to slow down (HTTP {status})",
    "budget": "refuses because a budget or quota is used up (HTTP {status})",
    "auth": "refuses the API key (HTTP {status})",
    "bad_request": "refuses the request (HTTP {status})",
    "context_overflow": "says that the conversation is longer than the model's context (HTTP {status})",
    "server": "has trouble of its own (HTTP {status})",
    "timeout": "gave up waiting for the model (HTTP {status})",
    "model_missing": "does not have the model (HTTP {status})",
}
_ADVICE: dict[str, str] = {
    "rate_limited": "Wait, or raise the limit there.",
    "budget": "Raise the budget or pay the account there; trying again does not help.",
    "auth": "Enter a valid key with the permission to chat in the provider's settings.",
    "bad_request": "Check the provider's address and model.",
    "context_overflow": "Shorten the conversation or choose a model with a larger context.",
    "server": "Try again later; its own log says more.",
    "timeout": "Try again later or choose a faster model.",
    "no_tools": "Choose another form of actions for the provider.",
    "model_missing": "Choose one of the models that GET /api/v1/providers/{id}/models lists.",
}


_BY_STATUS: dict[int, Kind] = {
    401: "auth",
    403: "auth",
    408: "timeout",
    429: "rate_limited",
    504: "timeout",
    529: "rate_limited",
}


def _kind(status: int, text: str, retry_after: float | None) -> Kind:
    if status == 402 or (status in (403, 429) and retry_after is None and BUDGET.search(text)):
        return "budget"
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == 413 or OVERFLOW.search(text):
        return "context_overflow"
    if status < 500 and NO_MODEL.search(text):
        return "model_missing"
    return "server" if status >= 500 or status in (409, 425) else "bad_request"


def _error_block(text: str) -> Mapping[str, Any]:
    """The object that describes the fault, whichever of the usual shapes it comes in."""
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


def _message(block: Mapping[str, Any], text: str) -> str:
    for name in ("message", "error", "detail"):
        if isinstance(block.get(name), str):
            return str(block[name])
    return "" if text.lstrip().startswith("<") else text


def _quoted(message: str) -> str:
    short = " ".join(message.split())
    if len(short) > SHOWN_CHARACTERS:
        short = short[: SHOWN_CHARACTERS - 1] + "…"
    return f': "{short}".' if short else "."


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from a number or an HTTP date; None when absent or unreadable."""
    if value is None:
        return None
    try:
        return max(0.0, min(float(value), 86_400.0)) if value.strip().lower() != "nan" else None
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, min((_aware(until) - now()).total_seconds(), 86_400.0))


def _aware(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _sizes(block: Mapping[str, Any], text: str) -> dict[str, Any]:
    """`prompt_tokens` and `context_tokens` where the provider names them."""
    found: dict[str, Any] = {}
    for ours, theirs in (("prompt_tokens", "n_prompt_tokens"), ("context_tokens", "n_ctx")):
        if isinstance(block.get(theirs), int):
            found[ours] = block[theirs]
    limit = re.search(r"context (?:length|size|window)\D{0,20}(\d+)", text)
    asked = re.search(r"(?:resulted in|came to|has|request \()\s*(\d+)|(\d+) in the messages", text)
    if limit:
        found.setdefault("context_tokens", int(limit.group(1)))
    if asked:
        found.setdefault("prompt_tokens", int(asked.group(1) or asked.group(2)))
    return found
