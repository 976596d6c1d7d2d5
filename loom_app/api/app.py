"""Builds the REST application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from granian.utils.proxies import wrap_asgi_with_proxy_headers as proxied

from loom_app import __version__
from loom_app.activity.feed import feed
from loom_app.analytics.rolling import rolling
from loom_app.api import cors, docs, elsewhere, errors, health
from loom_app.api.bounds import Bounds
from loom_app.api.description import describe
from loom_app.api.gates import check_gates
from loom_app.api.headers import SecurityHeaders
from loom_app.api.hosts import Hosts
from loom_app.api.limits import AddressLimits
from loom_app.api.origin import OriginCheck
from loom_app.api.policy import built_pages, page_policy
from loom_app.api.requests import RequestIds
from loom_app.auth.limits import Limits
from loom_app.config import Settings
from loom_app.events.tail import EventTail
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.log import get_logger
from loom_app.logs.keeping import Lines
from loom_app.notifications.making import inboxes
from loom_app.pair.house import House
from loom_app.webhooks.receiving import Door

log = get_logger(__name__)

ROOMS = (  # workflows before beads: /beads/workflow is no bead
    "auth", "projects", "workflows", "beads", "beadfiles", "reports", "agents", "personas", "orgchart", "providers",
    "decisions", "filelocks", "gitaccess", "lifecycle", "removal", "milestones", "readiness", "bootstrap", "runs",
    "staff", "reviews", "pullrequests", "messages", "events", "status", "demo", "dispatch", "audit", "board", "search",
    "source", "budgets", "lessons", "pair", "motivations", "webhooks", "work", "commands", "repl",
    "outgoing", "temporal_language", "activity", "notifications", "deliveries", "logs", "analytics", "upkeep",
)  # fmt: skip
BEADS_IMPORT = "/beads/import"
"""The end of the address that takes files; it has a larger limit of its own."""
GITHUB_HOOK = "/webhooks/github"
"""The end of the address whose body is not looked into before its signature was."""
LARGER = {"/projects/bootstrap": 4_000_000, GITHUB_HOOK: 1024 * 1024}
"""Ends of addresses that take more than others, and how many bytes."""


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
    app.state.tail, app.state.limits = EventTail(db), Limits(settings.limits)
    app.state.feed, app.state.inboxes = feed(db, app.state.tail), inboxes(db, app.state.tail)
    app.state.lines = Lines(db, "web", days=settings.log.keep_days, most=settings.log.keep_lines)
    app.state.house = House(db, vault, settings)
    app.state.github_door = Door(db, vault)
    errors.install(app)
    rooms = [import_module(f"loom_app.{room}.routes") for room in ROOMS]
    for part in (health, docs, *rooms, elsewhere):
        # As they stand: include_router would build each of them once more, a third of a second for every application.
        app.router.routes.extend(part.router.routes)
    check_gates(app)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    _guard(app, settings)
    if not settings.auth.enabled:
        log.warning("signing in is switched off: whoever reaches this address is an administrator")
    return app


def _guard(app: FastAPI, settings: Settings) -> None:
    """What stands before the routes and the pages, innermost first."""
    app.add_middleware(Bounds, own_limit=(BEADS_IMPORT,), unread=(GITHUB_HOOK,), larger=LARGER)
    app.add_middleware(OriginCheck, allowed=frozenset(settings.origins))
    cors.grant(app, settings.api.allowed_origins)
    app.add_middleware(AddressLimits, limits=app.state.limits)
    app.add_middleware(Hosts, settings=settings)
    app.add_middleware(SecurityHeaders, pages=page_policy(built_pages()), https=settings.is_https)
    app.add_middleware(RequestIds)
    if settings.api.trusted_proxies:
        app.add_middleware(proxied, trusted_hosts=settings.api.trusted_proxies)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Follows the event log while the block runs, then ends what is under way; FastAPI's own lifespan never does under
    Reflex."""
    kept = app.state
    async with kept.tail, kept.feed, kept.inboxes, kept.lines, rolling(kept.db):
        yield
        await app.state.house.aclose()
