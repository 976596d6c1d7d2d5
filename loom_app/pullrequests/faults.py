"""What goes wrong between Loom and GitHub, each in a sentence that says what to do about it."""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from loom_app.kernel.errors import Unavailable
from loom_app.kernel.redaction import scrub
from loom_app.pullrequests.sites import Repo

LONGEST_SAID = 300
LONGEST_WAIT = 7_200.0
"""Seconds. Whatever an answer says, it is asked again after this."""
PERMISSIONS = "for a fine-grained token: Contents and Pull requests, read and write; for a classic one: repo"


class GitHubFault(Unavailable):
    """Why GitHub did not do as asked. `wait` is how many seconds it wants to be left alone, None when it does not say.

    `lasts` tells that only people can mend it, so that asking often is in vain.
    """

    def __init__(self, message: str, *, code: str, wait: float | None = None, lasts: bool = False) -> None:
        super().__init__(message, code=code)
        self.wait, self.lasts = wait, lasts


@dataclass(frozen=True)
class Refusal:
    """An answer that is none: its status, what it says and its headers."""

    status: int
    said: str
    headers: Mapping[str, str]


def parsed(body: bytes) -> Any:
    """The JSON of an answer, in it nothing that a database could not keep. Raises ValueError for what is none."""
    try:
        return _kept(json.loads(body)) if body else None
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="replace").decode()
    if isinstance(value, list):
        return [_kept(one) for one in value]
    return {_kept(name): _kept(one) for name, one in value.items()} if isinstance(value, dict) else value


def refusal_of(answer: httpx.Response, body: bytes) -> Refusal:
    """What a refusing answer says, its parts joined; "" when that is nothing readable."""
    try:
        told = parsed(body)
    except ValueError:
        told = None
    parts = [told.get("message"), *_details(told.get("errors"))] if isinstance(told, dict) else []
    said = " ".join(dict.fromkeys(str(part).strip().rstrip(".") + "." for part in parts if part))
    return Refusal(answer.status_code, scrub(said)[:LONGEST_SAID], answer.headers)


KNOWN: dict[int, tuple[str, str]] = {
    401: (
        "github_bad_token",
        "{site} does not take the token: it is wrong, has expired or was revoked. Save a fresh one for the project.",
    ),
    403: (
        "github_forbidden",
        "{site} does not let this token do that to {name}: {said} Give it access ("
        + PERMISSIONS
        + ") or save another.",
    ),
    404: (
        "github_no_access",
        "{site} has no {name}, or our token may not see it. Check the project's git_repo, and that the token was given "
        "that repository (" + PERMISSIONS + ").",
    ),
    405: ("github_not_mergeable", "{site} does not merge it now: {said}"),
    422: ("github_refused", "{site} did not accept it: {said}"),
}
"""What only people can mend, by the status of the answer: the code and the sentence."""
ALIKE = {410: 404, 400: 422, 451: 404}


def fault_of(repo: Repo, refused: Refusal) -> GitHubFault:
    """The fault that an answer with a refusing status is."""
    status, said = refused.status, refused.said or f"It said nothing but {refused.status}."
    if (waits := _limit(refused)) is not None:
        return GitHubFault(
            f"{repo.site} has had enough of our requests for now; Loom asks again in {_spoken(waits)}.",
            code="github_rate_limited",
            wait=waits,
        )
    if (known := KNOWN.get(ALIKE.get(status, status))) is not None:
        code, sentence = known
        told = sentence.format(site=repo.site, name=f"{repo.owner}/{repo.name}", said=said)
        method = status == 405 and "not allowed" in said.lower()
        return GitHubFault(told, code="github_method_refused" if method else code, lasts=True)
    return _passing(repo, refused, said)


def _passing(repo: Repo, refused: Refusal, said: str) -> GitHubFault:
    """What may pass by itself."""
    if refused.status == 409:
        code = "github_base_moved" if "base branch" in said.lower() else "github_head_moved"
        return GitHubFault(f"{repo.site} did not merge it: {said}", code=code)
    if refused.status < 500:
        told = f"{repo.site} answered {refused.status}, which Loom does not understand: {said}"
        return GitHubFault(told, code="github_odd")
    return GitHubFault(
        f"{repo.site} has trouble of its own (it answered {refused.status}); Loom asks again by itself.",
        code="github_down",
        wait=_seconds(refused.headers.get("retry-after")),
    )


def network_fault(repo: Repo, error: Exception) -> GitHubFault:
    """The fault that a failing connection is."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        why = "cannot be reached. Check the network"
    elif isinstance(error, httpx.TimeoutException | TimeoutError):
        why = "did not answer in time"
    elif isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        why = "cannot be asked: check the address in github.enterprise and the token"
    else:
        why = "closed the connection in the middle of an answer"
    return GitHubFault(f"{repo.site} {why}; Loom asks again by itself.", code="github_unreachable")


def garbage(repo: Repo, what: str) -> GitHubFault:
    """The fault that an unreadable answer is."""
    return GitHubFault(
        f"{repo.site} answered with {what}. Check that {repo.api} is the API of a GitHub; Loom asks again by itself.",
        code="github_garbage",
    )


def _details(errors: Any) -> list[Any]:
    listed = errors if isinstance(errors, list) else []
    return [one.get("message") or _named(one) if isinstance(one, dict) else one for one in listed[:5]]


def _named(one: dict[str, Any]) -> str:
    return " ".join(str(one[name]) for name in ("resource", "field", "code") if one.get(name))


def _limit(refused: Refusal) -> float | None:
    """Seconds to wait for where the answer is that we ask too much; None for any other."""
    if refused.status not in (403, 429):
        return None
    after = _seconds(refused.headers.get("retry-after"))
    if after is not None:
        return after
    spent = refused.headers.get("x-ratelimit-remaining") == "0"
    if spent and (reset := _number(refused.headers.get("x-ratelimit-reset"))) is not None:
        return min(max(reset - time.time(), 1.0), LONGEST_WAIT)
    return 60.0 if refused.status == 429 or spent or "rate limit" in refused.said.lower() else None


def _seconds(header: str | None) -> float | None:
    number = _number(header)
    return None if number is None else min(max(number, 1.0), LONGEST_WAIT)


def _number(header: str | None) -> float | None:
    try:
        found = float(header or "")
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
