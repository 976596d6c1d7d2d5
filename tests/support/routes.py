"""The routes of the application and the gate of each, as the tests of permissions walk them."""

from typing import NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from loom_app.api.elsewhere import PLACES
from loom_app.api.gates import Gate, gates_in


class Route(NamedTuple):
    """One method of one address, and who is let in there."""

    method: str
    path: str
    gate: Gate

    @property
    def name(self) -> str:
        """Method and address."""
        return f"{self.method} {self.path}"


def contexts(app: FastAPI) -> list[RouteContext]:
    """Every route, those of the rooms included."""
    return list(iter_route_contexts(app.routes))


def table(app: FastAPI) -> list[Route]:
    """Every method of every address of the API."""
    return [
        Route(method, route.path or "", next(gates_in(route.dependant)))
        for route in contexts(app)
        if isinstance(route.original_route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def documented(app: FastAPI) -> list[Route]:
    """Those that do something, without the answer that there is nothing at an address."""
    return [route for route in table(app) if route.path not in PLACES]
