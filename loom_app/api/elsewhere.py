"""Addresses there are not, and methods that an address does not take."""

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from loom_app.api.refusal import refusal
from loom_app.auth.gate import public

PLACES = ("/api", "/api/{path:path}", "/health", "/health/{path:path}")
"""Where only the REST interface answers, never a page."""
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"]
FOR_PAGES = frozenset({"GET", "HEAD"})
router = APIRouter(include_in_schema=False)


async def nothing_here(request: Request) -> Response:
    """Answers for every address the API does not have, and for methods an address does not have."""
    return refused(request, _methods_at(request))


for place in PLACES:
    router.add_api_route(
        place, nothing_here, methods=METHODS, dependencies=[public("says only that there is nothing here")]
    )


def refused(request: Request, takes: frozenset[str]) -> Response:
    """405 with what the address `takes`, or 404 where it takes nothing."""
    path = request.url.path
    if not takes:
        message = f"There is nothing at {path[:200]}. GET /api/docs lists what there is."
        return refusal(path, 404, "no_such_route", message)
    allowed = ", ".join(sorted(takes))
    message = f"{path[:200]} does not take {request.method[:20]}; it takes {allowed}."
    answer = refusal(path, 405, "method_not_allowed", message)
    answer.headers["Allow"] = allowed
    return answer


def teach_pages(pages: ASGIApp) -> None:
    """Has the pages refuse other methods than theirs as the API does."""
    assert isinstance(pages, Starlette)

    async def refuse(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return refused(request, FOR_PAGES if error.status_code == 405 else frozenset())

    pages.add_exception_handler(HTTPException, refuse)


def _methods_at(request: Request) -> frozenset[str]:
    """The methods that the routes at the request's address take; those that name most of it stand for themselves."""
    there = [
        ((route.path or "").count("{"), route.methods)
        for route in iter_route_contexts(request.app.routes)
        if isinstance(route.original_route, APIRoute) and route.path not in PLACES and route.methods
        if route.path_regex.match(request.url.path)
    ]
    fewest = min((left_open for left_open, _ in there), default=0)
    return frozenset(method for left_open, methods in there if left_open == fewest for method in methods)
