"""Addresses of providers: the form they are stored in."""

import re
from urllib.parse import SplitResult, urlsplit

from loom_app.kernel.addresses import name_refusal
from loom_app.kernel.errors import Invalid

VERSION_SEGMENT = re.compile(r"/v\d+[a-z0-9]*(/|$)")
CALLS = ("/chat/completions", "/completions", "/models")
MAX_LENGTH = 2000


def normalise(url: str) -> str:
    """The base address requests are built on: scheme, host, port and path, ending in /v1 unless a version is in it.

    Raises Invalid for anything but a plain http or https address, and for addresses of cloud metadata services.
    """
    text = url.strip()
    parts = _split(text)
    if "@" in parts.netloc:
        raise _invalid("the address must not hold a user name or password; put the key into api_key instead")
    if parts.scheme.lower() not in ("http", "https"):
        raise _invalid(f"{text!r} must begin with http:// or https://")
    if not parts.hostname:
        raise _invalid(f"{text!r} names no host")
    if parts.query or parts.fragment:
        raise _invalid(f"{text!r} must not hold a query (?) or fragment (#)")
    _refuse_literal(parts.hostname)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme.lower()}://{host}{port}{_base_path(parts.path)}"


def is_private_literal(url: str) -> bool:
    """Whether the host of a normalised address is this machine or spelled out in a private network."""
    return name_refusal(urlsplit(url).hostname or "", private_allowed=False) is not None


def host_of(url: str) -> str:
    """Host and port, as people name the place."""
    return urlsplit(url).netloc


def origin_of(url: str) -> tuple[str, str]:
    """Scheme, host and port: what a key is entrusted to."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _split(text: str) -> SplitResult:
    if len(text) > MAX_LENGTH or any(ord(letter) <= 32 or ord(letter) == 127 for letter in text) or "\\" in text:
        raise _invalid("the address is too long or holds blanks, backslashes or control characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise _invalid(f"the address cannot be read ({error})") from error
    if port == 0:
        raise _invalid("the address has port 0")
    return parts


def _base_path(path: str) -> str:
    bare = path.rstrip("/")
    for call in CALLS:
        bare = bare.removesuffix(call)
    bare = bare.rstrip("/")
    return bare if VERSION_SEGMENT.search(bare) else f"{bare}/v1"


def _refuse_literal(host: str) -> None:
    why = name_refusal(host, private_allowed=True)
    if why:
        raise _invalid(why)


def _invalid(why: str) -> Invalid:
    return Invalid(f"endpoint: {why}. Give one such as http://127.0.0.1:8090/v1.", code="bad_endpoint")
