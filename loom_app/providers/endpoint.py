"""Addresses of providers: the form they are stored in, and the ones no request may go to."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from loom_app.kernel.errors import Invalid

Address = IPv4Address | IPv6Address

METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "instance-data"}
)
NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host under another name
        "169.254.0.0/16",  # link-local, where clouds answer with credentials
        "100.100.100.200/32",  # Alibaba's metadata
        "168.63.129.16/32",  # Azure's wire server
        "192.0.0.192/32",  # Oracle's metadata
        "224.0.0.0/4",
        "255.255.255.255/32",
        "::/128",
        "fe80::/10",
        "fd00:ec2::/32",  # Amazon's metadata over IPv6
        "ff00::/8",
    )
)
NAT64 = ip_network("64:ff9b::/96")
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


def refusal(address: Address, *, private_allowed: bool) -> str | None:
    """Why no request may go to `address`, or None when it may."""
    for each in (address, *_embedded(address)):
        if any(each in network for network in NEVER):
            return f"{address} is a link-local, metadata or otherwise reserved address, which Loom never calls"
        if not private_allowed and not each.is_global:
            return (
                f"{address} is in a private network, where only an administrator may place a provider; "
                "ask one to register it"
            )
    return None


def literal_address(host: str) -> Address | None:
    """The address `host` spells out, in any notation the system's resolver takes; None for a name."""
    bare = host.rstrip(".").split("%", 1)[0]
    try:
        return ip_address(bare)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(bare))
    except (OSError, ValueError):
        return None


def is_private_literal(url: str) -> bool:
    """Whether the host of a normalised address is this machine or spelled out in a private network."""
    host = urlsplit(url).hostname or ""
    address = literal_address(host)
    named_local = host.rstrip(".") == "localhost" or host.rstrip(".").endswith((".localhost", ".local", ".internal"))
    return named_local if address is None else refusal(address, private_allowed=False) is not None


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
    if host.rstrip(".").lower() in METADATA_NAMES:
        raise _invalid(f"{host} is a cloud's metadata service, which Loom never calls")
    address = literal_address(host)
    why = refusal(address, private_allowed=True) if address else None
    if why:
        raise _invalid(why)


def _embedded(address: Address) -> list[Address]:
    """IPv4 addresses that an IPv6 transition form reaches."""
    if isinstance(address, IPv4Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        found.append(low)
    return [each for each in found if each is not None]


def _invalid(why: str) -> Invalid:
    return Invalid(f"endpoint: {why}. Give one such as http://127.0.0.1:8090/v1.", code="bad_endpoint")
