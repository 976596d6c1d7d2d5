"""How names, addresses and origins are written."""

from ipaddress import ip_address
from urllib.parse import urlsplit

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
NAME = r"(?:[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?|\[[0-9a-f:.]+\])"
ORIGIN = rf"https?://{NAME}(?::\d{{1,5}})?"


def host_of(origin: str) -> str:
    """The name in an origin or address, without port."""
    return urlsplit(origin).hostname or ""


def is_loopback(name: str) -> bool:
    """Whether only this machine is called so."""
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
