"""The OpenAPI document: what each route does, who may use it and how refusals look."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from loom_app.api.gates import gates_of
from loom_app.auth.gate import Personal, Public, Requires
from loom_app.auth.sessions import COOKIE

TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "Why a request was refused, as RFC 9457 has it. Further members tell more where there is more.",
    "properties": {
        "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "instance": TEXT,
        "code": {**TEXT, "description": "A stable word for programs."},
        "error": {**TEXT, "description": "The same as detail."},
    },
    "required": ["type", "title", "status", "detail", "instance", "code", "error"],
}  # fmt: skip
SAID = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
REFUSAL = {"description": "Refused", "content": SAID}
FAILURE = {"description": "Loom, or something it needs, failed", "content": SAID}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token of POST /api/v1/auth/login."},
    "api_key": {
        "type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key of POST /api/v1/auth/api-keys.",
    },
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}  # fmt: skip
UNUSED = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of `app`, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )  # fmt: skip
        parts = document.setdefault("components", {})
        parts["securitySchemes"] = SCHEMES
        parts["schemas"] = {name: shape for name, shape in parts["schemas"].items() if name not in UNUSED}
        parts["schemas"]["Problem"] = PROBLEM
        gates = gates_of(app)
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _complete(operation, *gates[path, method.upper()])
        app.openapi_schema = document
    return app.openapi_schema


def _complete(operation: dict[str, Any], gate: object) -> None:
    """Says the route's purpose in its summary, its permission, and what a refusal looks like."""
    operation["summary"] = operation["description"].partition(". ")[0].partition("\n")[0].removesuffix(".")
    operation["responses"].pop("422", None)
    operation["responses"] |= {"4XX": REFUSAL, "5XX": FAILURE}
    if isinstance(gate, Public):
        return
    without_key = isinstance(gate, Personal) and not gate.by_key
    operation["security"] = [{name: []} for name in SCHEMES if not (without_key and name == "api_key")]
    if isinstance(gate, Requires):
        operation["description"] += f"\n\nNeeds the permission `{gate.permission}`."
