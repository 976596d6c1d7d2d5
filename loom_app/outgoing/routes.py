"""REST of webhooks that Loom sends."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.kernel.actor import Actor
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault, Page, ReadTx, WriteTx
from loom_app.outgoing import repository, service
from loom_app.outgoing.models import Endpoint, SendingStatus
from loom_app.outgoing.posting import Poster
from loom_app.outgoing.schemas import (
    EndpointChange,
    EndpointDraft,
    EndpointView,
    NewEndpoint,
    SendingDetail,
    SendingView,
)  # fmt: skip
from loom_app.outgoing.sending import send

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])
looked_up("endpoint_id", service.look)
looked_up("sending_id", service.look_at_sending)


@router.get("/endpoints", dependencies=[requires("projects:write")])
async def endpoints(
    request: Request, response: Response, tx: ReadTx, paging: Page, actor: CurrentActor,
    project_id: Annotated[str | None, Query(max_length=200)] = None,
) -> list[EndpointView]:  # fmt: skip
    """Addresses that are told of events: those of your projects, and your own."""
    rows, total = await repository.page(tx, actor, limit=paging.limit, offset=paging.offset, project_id=project_id)
    paging.announce(request, response, total)
    return [_view(row, actor) for row in rows]


@router.post("/endpoints", status_code=201, dependencies=[requires("projects:write")])
async def make(
    wanted: EndpointDraft, tx: WriteTx, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> NewEndpoint:
    """Has an address told of events from now on, and shows the secret it is signed with, once."""
    row, secret = await service.make(tx, vault, settings, wanted, actor=actor)
    return NewEndpoint(**_view(row, actor).model_dump(), secret=secret)


@router.get("/endpoints/{endpoint_id}", dependencies=[requires("projects:write")])
async def endpoint(endpoint_id: str, tx: ReadTx, actor: CurrentActor) -> EndpointView:
    """One endpoint."""
    return _view(await service.get(tx, endpoint_id, actor=actor), actor)


@router.patch("/endpoints/{endpoint_id}", dependencies=[requires("projects:write")])
async def change(
    endpoint_id: str, wanted: EndpointChange, tx: WriteTx, settings: AppSettings, actor: CurrentActor
) -> EndpointView:
    """Changes an endpoint, or switches it on or off."""
    return _view(await service.change(tx, settings, endpoint_id, wanted, actor=actor), actor)


@router.delete("/endpoints/{endpoint_id}", status_code=204, dependencies=[requires("projects:write")])
async def remove(endpoint_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Removes an endpoint with all that is on its way to it."""
    await service.remove(tx, endpoint_id, actor=actor)


@router.post("/endpoints/{endpoint_id}/rotate", dependencies=[requires("projects:write")])
async def rotate(endpoint_id: str, tx: WriteTx, vault: AppVault, actor: CurrentActor) -> NewEndpoint:
    """Makes another secret and shows it, once; for a day is signed with the one before as well."""
    row, secret = await service.rotate(tx, vault, endpoint_id, actor=actor)
    return NewEndpoint(**_view(row, actor).model_dump(), secret=secret)


@router.post("/endpoints/{endpoint_id}/test", dependencies=[requires("projects:write")])
async def test(
    endpoint_id: str, db: AppDatabase, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> SendingView:
    """Sends a message that tells of nothing, within 15 s, and says what became of it."""
    async with db.write() as tx:
        trial = await service.put_trial(tx, endpoint_id, actor=actor)
    poster = Poster(settings.webhooks.allowed_targets)
    try:
        await send(db, vault, settings, poster, trial.id)
    finally:
        await poster.close()
    async with db.read() as tx:
        return SendingView.of(await service.sending(tx, trial.id, actor=actor))


@router.get("/endpoints/{endpoint_id}/messages", dependencies=[requires("projects:write")])
async def messages(
    endpoint_id: str, request: Request, response: Response, tx: ReadTx, paging: Page, actor: CurrentActor,
    status: SendingStatus | None = None,
) -> list[SendingView]:  # fmt: skip
    """What was sent to an endpoint in the last seven days, or is on its way, the newest first."""
    await service.get(tx, endpoint_id, actor=actor)
    rows, total = await repository.sendings(tx, endpoint_id, limit=paging.limit, offset=paging.offset, status=status)
    paging.announce(request, response, total)
    return [SendingView.of(row) for row in rows]


@router.get("/messages/{sending_id}", dependencies=[requires("projects:write")])
async def message(sending_id: str, tx: ReadTx, actor: CurrentActor) -> SendingDetail:
    """One message with what is sent."""
    return SendingDetail.model_validate(await service.sending(tx, sending_id, actor=actor))


@router.post("/messages/{sending_id}/redeliver", status_code=202, dependencies=[requires("projects:write")])
async def redeliver(sending_id: str, tx: WriteTx, actor: CurrentActor) -> SendingView:
    """Has a message that was given up, or taken, sent once more under the same id."""
    return SendingView.of(await service.redeliver(tx, sending_id, actor=actor))


def _view(row: Endpoint, actor: Actor) -> EndpointView:
    return EndpointView.of(row, may_change=row.owner_id == actor.id or actor.may("system:admin"))
