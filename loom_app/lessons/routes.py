"""REST of lessons."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import Page, ReadTx, WriteTx
from loom_app.lessons import service
from loom_app.lessons.models import Category
from loom_app.lessons.schemas import LessonChange, LessonDraft, LessonView

router = APIRouter(prefix="/api/v1", tags=["lessons"])
looked_up("lesson_id", lambda tx, lesson_id, actor: service.get(tx, lesson_id, actor=actor))


@router.get("/projects/{project_id}/lessons", dependencies=[requires("projects:read")])
async def lessons(
    project_id: str,
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    q: Annotated[str, Query(max_length=500, description="Words to look for; what fits best comes first.")] = "",
    category: Category | None = None,
    disabled: Annotated[bool | None, Query(description="Only those that are told to nobody, or only others.")] = None,
) -> list[LessonView]:
    """The project's lessons, pinned ones and those that count most first."""
    found = await service.listed(tx, project_id, actor=actor, text=q, category=category or "", disabled=disabled)
    page.announce(request, response, len(found))
    return [LessonView.of(lesson) for lesson in found[page.offset : page.offset + page.limit]]


@router.post("/projects/{project_id}/lessons", status_code=201, dependencies=[requires("projects:write")])
async def create(project_id: str, draft: LessonDraft, tx: WriteTx, actor: CurrentActor) -> LessonView:
    """Writes a lesson by hand."""
    return LessonView.of(await service.create(tx, project_id, draft, actor=actor))


@router.get("/lessons/{lesson_id}", dependencies=[requires("projects:read")])
async def lesson(lesson_id: str, tx: ReadTx, actor: CurrentActor) -> LessonView:
    """One lesson."""
    return LessonView.of(await service.get(tx, lesson_id, actor=actor))


@router.patch("/lessons/{lesson_id}", dependencies=[requires("projects:write")])
async def update(lesson_id: str, change: LessonChange, tx: WriteTx, actor: CurrentActor) -> LessonView:
    """Changes what the body names; `disabled` keeps it from being told, `pinned` from ageing."""
    return LessonView.of(await service.update(tx, lesson_id, change, actor=actor))


@router.delete("/lessons/{lesson_id}", status_code=204, dependencies=[requires("projects:write")])
async def delete(lesson_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Removes a lesson; what happens again is learned again."""
    await service.delete(tx, lesson_id, actor=actor)
