"""Builds the REST application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from loom_app import __version__
from loom_app.api import docs, errors, health
from loom_app.api.bounds import Bounds
from loom_app.api.description import describe
from loom_app.api.headers import SecurityHeaders
from loom_app.api.origin import OriginCheck
from loom_app.api.requests import RequestIds
from loom_app.config import Settings
from loom_app.events.tail import EventTail
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring

ROOMS = (
    "auth", "projects", "beads", "agents", "personas", "orgchart", "providers", "decisions", "runs", "events",
    "status", "demo",
)  # fmt: skip
BEADS_IMPORT = "/beads/import"
"""The end of the address that takes files; it has a larger limit of its own."""


def create_api(settings: Settings, db: Database, vault: Vault) -> FastAPI:
    """The API over `db`. The caller runs `running(app)` for as long as it serves."""
    from importlib import import_module

    app = FastAPI(
        title="Loom",
        version=__version__,
        docs_url=None,
        openapi_url="/api/openapi.json",
        redoc_url=None,
        description="The control room for teams of AI agents. Lists are paged; errors are problem details.",
    )
    app.state.settings, app.state.db, app.state.vault = settings, db, vault
    app.state.keys = Keyring(db, vault)
    app.state.tail = EventTail(db)
    errors.install(app)
    app.include_router(health.router)
    app.include_router(docs.router)
    for room in ROOMS:
        app.include_router(import_module(f"loom_app.{room}.routes").router)
    app.include_router(errors.unknown)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    app.add_middleware(Bounds, own_limit=(BEADS_IMPORT,))
    app.add_middleware(OriginCheck, allowed=frozenset(settings.origins))
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIds)
    return app


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Follows the event log while the block runs; FastAPI's own lifespan never does under Reflex."""
    async with app.state.tail:
        yield
