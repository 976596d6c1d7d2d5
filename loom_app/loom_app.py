"""The web application: pages, their live socket and the REST interface in one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from fastapi import FastAPI
from starlette.types import ASGIApp

from loom_app.api.app import create_api, running
from loom_app.api.cors import without_grants
from loom_app.api.elsewhere import teach_pages
from loom_app.config import settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.startup import tell_locked
from loom_app.ui.pages import register
from loom_app.ui.runtime import Runtime, install

_serving: list[FastAPI] = []


def with_api(pages: ASGIApp) -> ASGIApp:
    """The REST application with the pages and their socket inside; made when serving, not when building.

    Its own check of origins stands before the socket, which is told to leave that alone.
    """
    of = settings()
    vault = Vault.open(of.data_dir, of.secret_key, of.old_secret_key)
    api = create_api(of, Database(of.database_url), vault)
    install(Runtime(api.state.db, vault, api.state.keys, of, api.state.tail))
    assert app.sio is not None
    app.sio.eio.cors_allowed_origins = []
    teach_pages(pages)
    api.mount("", without_grants(pages))
    _serving[:] = [api]
    return api


@asynccontextmanager
async def following() -> AsyncIterator[None]:
    """Follows the event log while the process serves, then closes the database."""
    (api,) = _serving
    await tell_locked(api.state.db, api.state.vault)
    async with running(api):
        yield
    await api.state.db.dispose()


app = rx.App(api_transformer=with_api, stylesheets=["/loom.css", "/bead.css", "/board.css", "/project.css"])
app.register_lifespan_task(following)
register(app)
