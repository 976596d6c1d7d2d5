"""The one place where an error becomes an answer: problem details, never a stack trace."""

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from starlette.exceptions import HTTPException

from loom_app.api.elsewhere import nothing_here
from loom_app.api.refusal import refusal
from loom_app.kernel.errors import LoomError
from loom_app.kernel.log import get_logger

log = get_logger(__name__)
UNREADABLE = "There was an error parsing the body"
"""What FastAPI says when reading the body failed in another way than bad syntax."""
MOST_FAULTS = 20


def install(app: FastAPI) -> None:
    """Teaches `app` every kind of error."""
    app.add_exception_handler(LoomError, _loom)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(Exception, _unexpected)


def _answer(
    request: Request, status: int, code: str, message: str, extra: dict[str, object] | None = None
) -> JSONResponse:
    return refusal(request.url.path, status, code, message, extra)


async def _loom(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LoomError)
    if error.status >= 500:
        log.error("request failed", code=error.code, message=error.message, path=request.url.path)
    return _answer(request, error.status, error.code, error.message, error.extra)


async def _validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if isinstance(error.body, bytes) and error.body:
        kind = request.headers.get("content-type") or "of no stated type"
        message = f"The body is {kind}; send JSON with the header Content-Type: application/json."
        return _answer(request, 415, "not_json", message)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        message = f"The body is not JSON: {first['ctx']['error']} at character {first['loc'][-1] + 1}."
        return _answer(request, 400, "invalid_json", message)
    faults = [
        {"where": ".".join(str(part) for part in fault["loc"]), "what": _what(fault), "kind": fault["type"]}
        for fault in error.errors()[:MOST_FAULTS]
    ]
    message = "; ".join(f"{fault['where']}{fault['what']}" for fault in faults)
    return _answer(request, 422, "invalid_request", message, {"faults": faults})


def _what(fault: dict[str, Any]) -> str:
    """What is wrong, to be read after the place it is at; never what was given, which may be a secret."""
    match fault["type"]:
        case "missing":
            return " is missing"
        case "extra_forbidden":
            return " is not known here; leave it out or check its spelling"
        case "string_pattern_mismatch":
            return f" does not have the form {fault['ctx']['pattern']}"
    return ": " + str(fault["msg"]).removeprefix("Value error, ")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.detail == UNREADABLE:
        message = (
            "The body cannot be read as JSON. It must be UTF-8, nested a few hundred deep at the most, "
            "with no number of thousands of digits."
        )
        return _answer(request, 400, "invalid_json", message)
    if error.status_code == 405:
        return await nothing_here(request)
    answer = _answer(request, error.status_code, f"http_{error.status_code}", str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _database(request: Request, error: Exception) -> JSONResponse:
    log.error("database failed", error=str(error), path=request.url.path)
    if isinstance(error, IntegrityError):
        message = "Somebody changed the same thing at the same moment; nothing was changed. Read it again and repeat."
        return _answer(request, 409, "changed_meanwhile", message)
    if isinstance(error, DataError):
        message = "The request holds a number or a text that the database cannot keep; nothing was changed."
        return _answer(request, 400, "not_storable", message)
    message = "The database did not take part just now; nothing was changed. Try again in a moment."
    return _answer(request, 503, "database_unavailable", message, {"retry_after": 1})


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.exception("unexpected error", path=request.url.path, exc_info=error)
    message = (
        "Loom met an error it did not expect; nothing was changed. The log has it under the request's X-Request-Id."
    )
    return _answer(request, 500, "unexpected", message)
