"""Where an address leads: by which protocol, to which host, to what there."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

SHORT = re.compile(r"(?:[^@/]+@)?(?P<host>[\w.-]+):(?P<path>.+)", re.DOTALL)
SSH_PORT = 22


@dataclass(frozen=True)
class Place:
    """A repository's place. `host` is empty on this machine, `port` 0 where the address names none."""

    protocol: str
    host: str
    port: int
    path: str

    @property
    def known_as(self) -> str:
        """What files of known hosts call the host, "" where nobody is reached by SSH."""
        if self.protocol != "ssh":
            return ""
        return self.host if self.port in (0, SSH_PORT) else f"[{self.host}]:{self.port}"

    @property
    def site(self) -> str:
        """Host and port as web addresses have them."""
        return f"{self.host}:{self.port}" if self.port else self.host


def place_of(address: str) -> Place:
    """Where `address`, one that was checked, leads."""
    if "://" in address:
        parts = urlsplit(address)
        return Place(parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or 0, parts.path.strip("/"))
    short = SHORT.fullmatch(address)
    if short and not address.startswith("/"):
        return Place("ssh", short["host"].lower(), 0, short["path"].strip("/"))
    return Place("file", "", 0, address)
