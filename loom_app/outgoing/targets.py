"""Which addresses may be told of events. The connection itself is checked once more when it is made."""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from loom_app.kernel.addresses import name_refusal
from loom_app.kernel.errors import Invalid

MOST_LETTERS = 2_000
PORTS = (None, 443, 8443)
PLAIN = re.compile(r"[!-~]+")


def checked(url: str, allowed: Sequence[str]) -> str:
    """The address as it is stored. Raises Invalid for one that Loom never calls.

    Those of the origins `allowed`, which the installation's settings name, may be plain http, on any port and in a
    private network.
    """
    parts = _split(url)
    if is_allowed(url, allowed):
        why = name_refusal(parts.hostname or "", private_allowed=True)
    else:
        why = _odd(parts) or name_refusal(parts.hostname or "", private_allowed=False)
    if why:
        raise _bad(why)
    return url


def is_allowed(url: str, allowed: Sequence[str]) -> bool:
    """Whether the installation's settings name the origin of `url`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower() in {origin.lower() for origin in allowed}


def _split(url: str) -> SplitResult:
    if len(url) > MOST_LETTERS or not PLAIN.fullmatch(url) or "\\" in url:
        raise _bad("it is too long, or holds blanks, backslashes or letters that addresses have not")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _bad(f"it cannot be read ({error})") from error
    if parts.scheme.lower() not in ("https", "http") or not parts.hostname or port == 0:
        raise _bad("it is no address such as https://hooks.example.com/loom")
    if "@" in parts.netloc or parts.fragment:
        raise _bad("it holds a user name, a password or a fragment")
    return parts


def _odd(parts: SplitResult) -> str:
    if parts.scheme.lower() != "https":
        return "it is not encrypted; use https"
    return "" if parts.port in PORTS else f"its port {parts.port} is none of 443 and 8443"


def _bad(why: str) -> Invalid:
    return Invalid(
        f"url: Loom does not send there: {why}. An administrator can name origins that are allowed all the same in "
        "webhooks.allowed_targets of config.yaml.",
        code="bad_target",
    )
