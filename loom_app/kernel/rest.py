"""What every REST route stands on: transactions, paging and the parts of the application it may ask for."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.storable import storable

MAX_PAGE = 200


class Body(BaseModel):
    """What a client sends: nothing is converted, nothing unknown let through, nor what no database could keep."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @field_validator("*")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        return storable(value)


class Shown(BaseModel):
    """What an answer holds, no more and no less: a member that is not described is a fault of ours."""

    model_config = ConfigDict(extra="forbid")


Lenient = Field(strict=False)
"""For enumerations and parts, which JSON can only write as texts and objects."""


async def _db(request: Request) -> Database:
    return request.app.state.db  # type: ignore[no-any-return]


async def _vault(request: Request) -> Vault:
    return request.app.state.vault  # type: ignore[no-any-return]


def _keys(request: Request) -> Keyring:
    return request.app.state.keys  # type: ignore[no-any-return]


async def _settings(request: Request) -> Settings:
    return request.app.state.settings  # type: ignore[no-any-return]


async def _read(request: Request) -> AsyncIterator[AsyncSession]:
    async with (await _db(request)).read() as tx:
        yield tx


async def _write(request: Request) -> AsyncIterator[AsyncSession]:
    async with (await _db(request)).write() as tx:
        yield tx


AppDatabase = Annotated[Database, Depends(_db)]
"""The database, for routes that wait for others between a read and a write."""
AppVault = Annotated[Vault, Depends(_vault)]
AppKeys = Annotated[Keyring, Depends(_keys)]
AppSettings = Annotated[Settings, Depends(_settings)]
ReadTx = Annotated[AsyncSession, Depends(_read, scope="function")]
"""A read transaction for the length of the route."""
WriteTx = Annotated[AsyncSession, Depends(_write, scope="function")]
"""A write transaction, committed before the answer is sent."""


@dataclass(frozen=True)
class Paging:
    """Which part of a list is wanted."""

    limit: int
    offset: int

    def announce(self, request: Request, response: Response, total: int) -> None:
        """Sets X-Total-Count, and Link to the neighbouring pages that exist."""
        response.headers["X-Total-Count"] = str(total)
        steps = {
            "next": self.offset + self.limit if self.offset + self.limit < total else None,
            "prev": max(0, self.offset - self.limit) if self.offset else None,
        }
        links = [
            f'<{request.url.include_query_params(limit=self.limit, offset=offset)}>; rel="{rel}"'
            for rel, offset in steps.items()
            if offset is not None
        ]
        if links:
            response.headers["Link"] = ", ".join(links)


async def _paging(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many rows at the most.")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**31, description="How many rows to leave out first.")] = 0,
) -> Paging:
    return Paging(limit, offset)


Page = Annotated[Paging, Depends(_paging)]


def without(given: Any, names: Collection[str]) -> Any:
    """A body without what a client that sends back all it was shown includes and cannot change."""
    return {name: value for name, value in given.items() if name not in names} if isinstance(given, dict) else given


def problem(status: int, code: str, message: str, instance: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """A problem-details answer (RFC 9457), with `error` for clients of the first Loom."""
    return {
        "type": f"urn:loom:error:{code}",
        "title": code.replace("_", " "),
        "status": status,
        "detail": message,
        "instance": instance,
        "code": code,
        "error": message,
        **(extra or {}),
    }
