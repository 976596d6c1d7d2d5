"""Which gate stands before each route. An application with a route that declares none is not served."""

import re
from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from loom_app.auth.gate import Personal, Public, Requires

Gate = Requires | Public | Personal


def gates_in(dependant: Dependant) -> Iterator[Gate]:
    """Every gate among the dependencies, however deep."""
    if isinstance(dependant.call, Gate):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from gates_in(inner)


def gates_of(app: FastAPI) -> dict[tuple[str, str], list[Gate]]:
    """The gates of each method at each address, the addresses as the description of the API writes them."""
    return {
        (re.sub(r":\w+}", "}", route.path or ""), method): list(gates_in(route.dependant))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in sorted(route.methods or ())
    }


def check_gates(app: FastAPI) -> None:
    """Raises LookupError naming every route that does not declare exactly one gate."""
    wrong = [f"{method} {path}" for (path, method), gates in gates_of(app).items() if len(gates) != 1]
    if wrong:
        raise LookupError(
            f"{', '.join(wrong)}: declare who may use it, once, with requires, personal or public of loom_app.auth.gate"
        )
