"""Cross-origin grants: one layer, for the origins the settings list and no others."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

EXPOSED = ("Link", "Retry-After", "X-Request-Id", "X-Total-Count", "RateLimit", "RateLimit-Policy")


def grant(app: FastAPI, origins: Sequence[str]) -> None:
    """Lets pages of `origins` use the API of `app`; without any there is nothing to grant."""
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID", "X-API-Key", "X-Request-Id"],
            expose_headers=EXPOSED,
        )


def without_grants(app: ASGIApp) -> Starlette:
    """`app` without the grants that Reflex gives on its own, for methods and headers of every kind."""
    assert isinstance(app, Starlette)
    reflex_adds: Any = CORSMiddleware
    app.user_middleware = [layer for layer in app.user_middleware if layer.cls is not reflex_adds]
    return app
