"""How projects' repositories are followed, checked and written."""

import re
from typing import Literal

from pydantic import Field, field_validator

from loom_app.config.addresses import ORIGIN, host_of, is_loopback
from loom_app.kernel.settings import Section


class Readiness(Section):
    """What happens to a project whose repository is not in order: `warn` dispatches all the same, `block` waits."""

    mode: Literal["warn", "block"] = "warn"


class BeadFiles(Section):
    """How the bead files of projects' repositories are followed."""

    fetch_seconds: float = Field(30, ge=1)
    """How often an origin is asked for news; after a failure ever later, up to ten minutes."""


class Git(Section):
    """What runs may commit."""

    max_file_mb: float = Field(50, gt=0)
    """The largest file, in MiB."""


class GitHubSites(Section):
    """Which GitHubs there are beside github.com, and how often their pull requests are looked at."""

    enterprise: list[str] = Field(default_factory=list)
    """Addresses of the API of GitHub Enterprise Servers, such as https://git.example.com/api/v3."""
    poll_seconds: float = Field(60, ge=1)
    """How often an open pull request is asked for news; one where nothing happens ever less, down to every 15 min."""

    @field_validator("enterprise")
    @classmethod
    def _addresses(cls, addresses: list[str]) -> list[str]:
        for address in addresses:
            if not re.fullmatch(rf"{ORIGIN}(/[\w.-]+)*/?", address, re.IGNORECASE):
                raise ValueError(f"{address!r} is not an address such as https://git.example.com/api/v3")
            if address.lower().startswith("http:") and not is_loopback(host_of(address)):
                raise ValueError(f"{address!r} is not encrypted, and tokens are sent there; use https://")
        return [address.rstrip("/") for address in addresses]
