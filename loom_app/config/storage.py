"""Where state is kept: the database and the Temporal server."""

import re
from typing import Any

from pydantic import Field, field_validator, model_validator

from loom_app.kernel.settings import Section

ASYNC_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}
"""The drivers that plain addresses of databases stand for."""


class DatabaseSettings(Section):
    """Where state is kept. `url` wins over `path`; empty means loom.db in the data directory."""

    path: str = ""
    url: str = ""

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        scheme = url.partition(":")[0]
        if url and scheme.partition("+")[0] not in ASYNC_DRIVERS:
            raise ValueError(f"begins with {scheme}; Loom keeps its state in sqlite:// or postgresql://")
        return url


class Temporal(Section):
    """The Temporal server. An empty `address` means the embedded one; a `host` with a port is an address."""

    enabled: bool = True
    address: str = ""
    host: str = "127.0.0.1"
    port: int = Field(7233, ge=1, le=65535)
    ui_port: int = Field(8088, ge=1, le=65535)
    namespace: str = "loom-default"
    task_queue: str = "loom-tasks"

    @field_validator("enabled")
    @classmethod
    def _always(cls, enabled: bool) -> bool:
        if not enabled:
            raise ValueError("Loom does nothing without Temporal; leave this out and it starts its own")
        return enabled

    @model_validator(mode="before")
    @classmethod
    def _address_in_host(cls, given: Any) -> Any:
        if isinstance(given, dict) and re.search(r"[^:]:\d+$", str(given.get("host", ""))):
            return {"address": given["host"], **{key: value for key, value in given.items() if key != "host"}}
        return given

    @property
    def target(self) -> str:
        """host:port to connect to."""
        return self.address or f"{self.host}:{self.port}"
