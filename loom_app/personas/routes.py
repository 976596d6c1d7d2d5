"""REST for personas: list and read."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from loom_app.auth.gate import requires
from loom_app.kernel.rest import Page
from loom_app.personas import service
from loom_app.personas.models import Persona

router = APIRouter(prefix="/api/v1/personas", tags=["personas"])


@router.get("", dependencies=[requires("agents:read")])
async def list_personas(request: Request, response: Response, page: Page) -> list[Persona]:
    """The personas agents can be made from, by name."""
    found = service.list_personas()
    page.announce(request, response, len(found))
    return found[page.offset : page.offset + page.limit]


@router.get("/{name:path}", dependencies=[requires("agents:read")])
async def get_persona(
    name: Annotated[str, Path(description="'default/qa-engineer', or 'qa-engineer' for one of the default group.")],
) -> Persona:
    """One persona with its instructions."""
    return service.get_persona(name)
