"""What every REST route stands on: transactions, paging and the parts of the application it may ask for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.bodies import Body, Lenient, Shown, without
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring

__all__ = [
    "MAX_PAGE", "AppDatabase", "AppKeys", "AppSettings", "AppVault", "Body", "Lenient", "Page", "Paging", "ReadTx",
    "Shown", "WriteTx", "problem", "without",
]  # fmt: skip
MAX_PAGE = 200


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
        here = request.url.replace(path=quote(request.scope["path"]))
        links = [
            f'<{here.include_query_params(limit=self.limit, offset=offset)}>; rel="{rel}"'
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
