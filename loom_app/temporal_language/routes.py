"""REST of the language: texts are looked at, what agents had done is read, schedules are ended by people."""

from fastapi import APIRouter, Request, Response

from loom_app.agents import service as agents
from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import AppSettings, Page, ReadTx, WriteTx
from loom_app.personas.service import list_personas
from loom_app.temporal_language import checking, repository, schedules, trying
from loom_app.temporal_language.offers import ACTIVITIES, EVERYTHING
from loom_app.temporal_language.rights import rights_of
from loom_app.temporal_language.schemas import (
    Checked,
    CheckRequest,
    Executions,
    ExecutionView,
    Language,
    OfferView,
    RightsView,
    Schedules,
    ScheduleView,
)  # fmt: skip

router = APIRouter(prefix="/api/v1/temporal", tags=["temporal"])
looked_up("schedule_id", lambda tx, schedule_id, actor: schedules.get(tx, schedule_id, actor=actor))


@router.post("/check", dependencies=[requires("agents:write")])
async def check(asked: CheckRequest, tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> Checked:
    """What a text would have done, what is wrong with it by line and column, and whether the role may. Does nothing.

    For an agent, the bounds and what there is in its project count as well.
    """
    if not asked.agent_id:
        return checking.check(asked.text, asked.role, settings.temporal_language)
    agent = await agents.get(tx, asked.agent_id, actor=actor)
    return await trying.check_for(tx, asked.text, agent, settings.temporal_language)


@router.get("/language", dependencies=[requires("agents:read")])
async def language(settings: AppSettings) -> Language:
    """What the language can start, with the input each takes, and which roles may."""
    offers = [
        OfferView(
            name=offer.name, type="ACTIVITY" if offer.name in ACTIVITIES else "WORKFLOW", what=offer.what,
            input=offer.input.model_json_schema().get("properties", {}),
        )
        for offer in EVERYTHING.values()
    ]  # fmt: skip
    roles = [RightsView(role=each.name, may=sorted(rights_of(each))) for each in list_personas()]
    return Language(enabled=settings.temporal_language.enabled, offers=offers, roles=roles)


@router.get("/executions", dependencies=[requires("agents:read")])
async def executions(
    tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor,
    project_id: str | None = None, agent_id: str | None = None, run_id: str | None = None,
) -> Executions:  # fmt: skip
    """What agents asked for in the projects you see, and what came of it, newest first."""
    asked = {"project_id": project_id, "agent_id": agent_id, "run_id": run_id}
    rows, total = await repository.page(tx, actor, asked, limit=page.limit, offset=page.offset)
    of_all = await repository.instructions(tx, [row.id for row in rows])
    page.announce(request, response, total)
    shown = [ExecutionView.of(row, [each for each in of_all if each.execution_id == row.id]) for row in rows]
    return Executions(executions=shown, count=total)


@router.get("/schedules", dependencies=[requires("agents:read")])
async def all_schedules(
    tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor,
    project_id: str | None = None, agent_id: str | None = None,
) -> Schedules:  # fmt: skip
    """The schedules agents set up in the projects you see, those that hold first."""
    asked = {"project_id": project_id, "agent_id": agent_id}
    rows, total = await repository.schedules_page(tx, actor, asked, limit=page.limit, offset=page.offset)
    page.announce(request, response, total)
    return Schedules(schedules=[ScheduleView.of(row) for row in rows], count=total)


@router.delete("/schedules/{schedule_id}", dependencies=[requires("agents:write")])
async def end_schedule(schedule_id: str, tx: WriteTx, actor: CurrentActor) -> ScheduleView:
    """Ends a schedule: it does nothing from now on, and Temporal forgets it. Once ended, it stays as it is."""
    row = await schedules.get(tx, schedule_id, actor=actor, to_change=True)
    schedules.end(tx, row, f"{actor.name} ended it.", actor)
    return ScheduleView.of(row)


@router.post("/schedules/{schedule_id}/pause", dependencies=[requires("agents:write")])
async def pause_schedule(schedule_id: str, tx: WriteTx, actor: CurrentActor) -> ScheduleView:
    """Has a schedule rest until somebody resumes it; its agent may change it meanwhile, not wake it."""
    row = await schedules.get(tx, schedule_id, actor=actor, to_change=True)
    schedules.pause(tx, row, actor)
    return ScheduleView.of(row)


@router.post("/schedules/{schedule_id}/resume", dependencies=[requires("agents:write")])
async def resume_schedule(schedule_id: str, tx: WriteTx, actor: CurrentActor) -> ScheduleView:
    """Has a paused schedule fire again from its next moment on. What it missed is not made up for."""
    row = await schedules.get(tx, schedule_id, actor=actor, to_change=True)
    schedules.resume(tx, row, actor)
    return ScheduleView.of(row)
