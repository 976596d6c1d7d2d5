"""The description of the API for people, served whole from here: it needs no internet."""

from importlib.resources import as_file, files

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse

from loom_app.api.policy import page_policy
from loom_app.auth.gate import public

ADDRESS = "/api/docs"
SHOWN = {
    "persistAuthorization": True, "tagsSorter": "alpha", "docExpansion": "none", "defaultModelsExpandDepth": -1,
}  # fmt: skip
"""Closed chapters: a browser takes long to draw hundreds of operations that nobody asked for."""
SCRIPT, STYLE = "swagger-ui-bundle.js", "swagger-ui.css"
WHY = "what the API is like is no secret"
router = APIRouter(include_in_schema=False, dependencies=[public(WHY)])


@router.get(ADDRESS)
async def docs(request: Request) -> HTMLResponse:
    """The interactive description."""
    page = get_swagger_ui_html(
        openapi_url=request.app.openapi_url,
        title="Loom: REST API",
        swagger_js_url=f"{ADDRESS}/{SCRIPT}",
        swagger_css_url=f"{ADDRESS}/{STYLE}",
        swagger_favicon_url="/favicon.ico",
        swagger_ui_parameters=SHOWN,
    )
    page.headers["Content-Security-Policy"] = page_policy((bytes(page.body).decode(),))
    return page


@router.get(f"{ADDRESS}/{SCRIPT}")
async def script() -> FileResponse:
    """The script of the description."""
    return _file(SCRIPT, "text/javascript")


@router.get(f"{ADDRESS}/{STYLE}")
async def style() -> FileResponse:
    """Its style."""
    return _file(STYLE, "text/css")


def _file(name: str, kind: str) -> FileResponse:
    with as_file(files("fastapi_offline") / "static" / name) as path:
        return FileResponse(path, media_type=kind, headers={"Cache-Control": "public, max-age=86400"})
