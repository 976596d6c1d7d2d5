"""REST of motivations: what sets work going by itself, what fired, and what rests."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.rest import AppSettings, Page, ReadTx, WriteTx
from loom_app.motivations import by_hand, idle_views, service, versions, views
from loom_app.motivations.models import Motivation, MotivationType, TriggerResult
from loom_app.motivations.schemas import (
    ConditionsView,
    HistoryPage,
    MotivationChange,
    MotivationDraft,
    MotivationPage,
    MotivationView,
    RegisteredView,
    RolesView,
    TriggerView,
    TriggerWish,
    VerdictView,
)

router = APIRouter(prefix="/api/v1/motivations", tags=["motivations"])
looked_up("motivation_id", lambda tx, motivation_id, actor: service.get(tx, motivation_id, actor=actor))
READ, WRITE = [requires("projects:read")], [requires("projects:write")]
IfMatch = Annotated[str, Header(alias="If-Match", max_length=100, description="The ETag it was read with.")]


@router.get("", dependencies=READ)
async def motivations(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    type: MotivationType | None = None,  # noqa: A002 - the name clients know
    agent_role: Annotated[str | None, Query(max_length=100)] = None,
    project_id: Annotated[str | None, Query(max_length=200, description="Those that hold in it.")] = None,
    active: Annotated[bool | None, Query(description="Only those that are on, or only those that are off.")] = None,
    built_in: bool | None = None,
) -> MotivationPage:
    """The motivations of your projects and of every project, by role, the most pressing first."""
    asked = {
        "type": type, "agent_role": agent_role, "project_id": project_id, "enabled": active, "built_in": built_in,
    }  # fmt: skip
    rows, total = await service.page(tx, actor, asked, limit=page.limit, offset=page.offset)
    page.announce(request, response, total)
    return MotivationPage(motivations=await views.shown(tx, rows, actor), count=len(rows), total=total)


@router.post("", status_code=201, dependencies=WRITE)
async def create(draft: MotivationDraft, tx: WriteTx, response: Response, actor: CurrentActor) -> MotivationView:
    """Makes a motivation of a project; who sees every project makes those of every project, too."""
    made = await _one(tx, await service.create(tx, draft, actor=actor), response, actor)
    response.headers["Location"] = f"/api/v1/motivations/{made.id}"
    return made


@router.get("/history", dependencies=READ)
async def history(
    tx: ReadTx,
    page: Page,
    request: Request,
    response: Response,
    actor: CurrentActor,
    motivation_id: Annotated[str | None, Query(max_length=200)] = None,
    project_id: Annotated[str | None, Query(max_length=200)] = None,
    result: TriggerResult | None = None,
    bead_id: Annotated[str | None, Query(max_length=200, description="The firings that made this bead.")] = None,
) -> HistoryPage:
    """What fired in the projects you see, the newest first, with the evidence for it and what came of it."""
    asked = {"motivation_id": motivation_id, "project_id": project_id, "result": result, "bead_created": bead_id}
    rows, total = await service.history(tx, actor, asked, limit=page.limit, offset=page.offset)
    page.announce(request, response, total)
    return HistoryPage(history=[views.fired(row) for row in rows], count=len(rows), total=total)


@router.get("/idle", dependencies=READ)
async def idle(tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> idle_views.IdleView:
    """Whether work rests, of the projects you see: in all, in each, and which agents are free."""
    return await idle_views.told(tx, settings.idle, actor=actor)


@router.get("/roles", dependencies=READ)
async def roles(tx: ReadTx, actor: CurrentActor) -> RolesView:
    """The roles that motivations wake or agents of yours have, with how many of both."""
    return await views.roles(tx, actor)


@router.get("/conditions", dependencies=READ)
async def conditions() -> ConditionsView:
    """What motivations can wait for, with the parameters each takes, and the templates of beads they make."""
    return views.conditions()


@router.post("/defaults", dependencies=[requires("system:admin")])
async def defaults(tx: WriteTx, actor: CurrentActor) -> RegisteredView:
    """Registers the motivations that come with Loom again; what people have changed of them stays as it is."""
    return RegisteredView(registered=await service.defaults(tx, actor=actor))


@router.get("/{motivation_id}", dependencies=READ)
async def motivation(motivation_id: str, tx: ReadTx, response: Response, actor: CurrentActor) -> MotivationView:
    """One motivation."""
    return await _one(tx, await service.get(tx, motivation_id, actor=actor), response, actor)


@router.put("/{motivation_id}", dependencies=WRITE)
async def put(
    motivation_id: str, change: MotivationChange, tx: WriteTx, response: Response, actor: CurrentActor,
    if_match: IfMatch = "",
) -> MotivationView:  # fmt: skip
    """The same as PATCH, for clients that know it by this name."""
    return await update(motivation_id, change, tx, response, actor, if_match)


@router.patch("/{motivation_id}", dependencies=WRITE)
async def update(
    motivation_id: str, change: MotivationChange, tx: WriteTx, response: Response, actor: CurrentActor,
    if_match: IfMatch = "",
) -> MotivationView:  # fmt: skip
    """Changes what the body names. With If-Match only if nobody changed it since; firing is no change."""
    await _check_seen(tx, motivation_id, if_match, actor)
    return await _one(tx, await service.update(tx, motivation_id, change, actor=actor), response, actor)


@router.delete("/{motivation_id}", status_code=204, dependencies=WRITE)
async def delete(motivation_id: str, tx: WriteTx, actor: CurrentActor, if_match: IfMatch = "") -> None:
    """Removes a motivation with its history. One that comes with Loom can only be disabled."""
    await _check_seen(tx, motivation_id, if_match, actor)
    await service.delete(tx, motivation_id, actor=actor)


@router.post("/{motivation_id}/enable", dependencies=WRITE)
async def enable(motivation_id: str, tx: WriteTx, response: Response, actor: CurrentActor) -> MotivationView:
    """Has it fire from now on; what happened before is not made up for."""
    return await _one(tx, await service.enable(tx, motivation_id, actor=actor), response, actor)


@router.post("/{motivation_id}/disable", dependencies=WRITE)
async def disable(motivation_id: str, tx: WriteTx, response: Response, actor: CurrentActor) -> MotivationView:
    """Keeps it from firing, other than by hand."""
    return await _one(tx, await service.disable(tx, motivation_id, actor=actor), response, actor)


@router.post("/{motivation_id}/trigger", dependencies=WRITE)
async def trigger(motivation_id: str, tx: WriteTx, actor: CurrentActor, wish: TriggerWish | None = None) -> TriggerView:
    """Fires it at once, whatever it waits for and even while it is off; while it cools down only with `force`.

    Work that it would make and that is open already is not made again.
    """
    found = await service.get(tx, motivation_id, actor=actor)
    service.check_may_change(found, actor)
    wish = wish or TriggerWish()
    return views.fired(
        await by_hand.trigger(tx, found, actor=actor, project_id=wish.project_id or "", force=wish.force)
    )


@router.get("/{motivation_id}/dry-run", dependencies=READ)
async def dry_run(
    motivation_id: str,
    tx: ReadTx,
    settings: AppSettings,
    actor: CurrentActor,
    project_id: Annotated[str, Query(max_length=200, description="Only there; else where it would fire first.")] = "",
) -> VerdictView:
    """Whether it would fire now, why or why not, and by what evidence. Changes nothing."""
    found = await service.get(tx, motivation_id, actor=actor)
    verdict = await by_hand.evaluate_one(tx, found, settings=settings, actor=actor, project_id=project_id)
    return VerdictView(**asdict(verdict))


async def _check_seen(tx: WriteTx, motivation_id: str, if_match: str, actor: CurrentActor) -> None:
    versions.check_unchanged(await service.get(tx, motivation_id, actor=actor), if_match)


async def _one(tx: ReadTx, motivation: Motivation, response: Response, actor: CurrentActor) -> MotivationView:
    await tx.flush()
    response.headers["ETag"] = versions.etag(motivation)
    return (await views.shown(tx, [motivation], actor))[0]
