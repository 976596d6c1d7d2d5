"""Where Loom is reached, by whom, how often, and what it logs."""

import re
from ipaddress import ip_network
from typing import Literal

from pydantic import Field, field_validator

from loom_app.config.addresses import NAME, ORIGIN
from loom_app.kernel.settings import Section


class Api(Section):
    """Where the web process listens and which origins may talk to it."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    public_url: str = ""
    """The address people use when it is not http://host:port, such as https://loom.example."""
    allowed_origins: list[str] = Field(default_factory=list)
    allowed_hosts: list[str] = Field(default_factory=list)
    """Names people may call this machine by, besides loopback, `host` and the name in `public_url`."""
    trusted_proxies: list[str] = Field(default_factory=list)
    """Addresses and networks whose X-Forwarded-For is believed."""

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not re.fullmatch(rf"{ORIGIN}/?", url, re.IGNORECASE):
            raise ValueError("must read like https://loom.example, with nothing after the name and port")
        return url.lower().rstrip("/")

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not re.fullmatch(ORIGIN, origin):
                raise ValueError(f"{origin!r} is not one exact origin such as https://board.example:8443")
        return origins

    @field_validator("allowed_hosts")
    @classmethod
    def _plain_names(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            if not re.fullmatch(NAME, host, re.IGNORECASE):
                raise ValueError(f"{host!r} is not one name or address without scheme and port, such as loom.lan")
        return [host.lower() for host in hosts]

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: list[str]) -> list[str]:
        for proxy in proxies:
            ip_network(proxy)
        return proxies


class Limits(Section):
    """How much one caller may ask for in a minute, by class of request; 0 sets no limit.

    A caller is a signed-in user or one API key. All callers of one address together, and all keys and sessions of
    one user together, may do `together` times as much.
    """

    credentials: int = Field(30, ge=0)
    """Signing in and everything else that takes or gives a password, a code, a link or a key."""
    writes: int = Field(3_000, ge=0)
    reads: int = Field(12_000, ge=0)
    transfers: int = Field(60, ge=0)
    """Imports and exports."""
    reports: int = Field(30, ge=0)
    """Errors that programs and pages report by themselves."""
    webhooks: int = Field(20_000, ge=0)
    """Deliveries to the receiver of GitHub's webhook."""
    streams: int = Field(60, ge=0)
    """Event streams opened."""
    together: int = Field(4, ge=1)
    streams_per_user: int = Field(5, ge=1)
    """Event streams of one user open at the same time."""
    sockets_per_address: int = Field(200, ge=1)
    """Live sockets of pages open at the same time."""


class Auth(Section):
    """Whether people sign in. Off is for development: then whoever reaches the API or the pages is an administrator."""

    enabled: bool = True


class Log(Section):
    """What is written to the logs."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    keep_days: int = Field(14, ge=1, le=3_650)
    """How long lines can be read in Loom."""
    keep_lines: int = Field(500_000, ge=1_000)
    """How many at most."""
