"""REST of a project's repository."""

from fastapi import APIRouter

from loom_app.source import file_routes, git_routes, history_routes, patch_routes

router = APIRouter()
for part in (file_routes, patch_routes, history_routes, git_routes):
    router.routes.extend(part.router.routes)
