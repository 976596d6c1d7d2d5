"""REST of GitHub's webhook."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth.gate import CurrentActor, looked_up, public, requires
from loom_app.kernel.rest import AppSettings, AppVault, Page, ReadTx, WriteTx
from loom_app.projects import service as projects
from loom_app.webhooks import repository, service
from loom_app.webhooks.models import DeliveryStatus
from loom_app.webhooks.payload import TYPES
from loom_app.webhooks.receiving import Door, Received
from loom_app.webhooks.schemas import (
    Answer,
    DeliveryDetail,
    DeliveryView,
    HeardEvent,
    NewSecret,
    RulesBody,
    RulesView,
    SecretView,
    StatusView,
)  # fmt: skip

RECEIVER = "/webhooks/github"
router = APIRouter(prefix="/api/v1", tags=["webhooks"])
looked_up("delivery_id", service.look)


@router.post(
    RECEIVER, status_code=202, response_model_exclude_unset=True,
    dependencies=[public("GitHub signs what it sends, and nothing unsigned is kept")],
)  # fmt: skip
async def github(request: Request) -> Answer:
    """Takes what GitHub sends: signed with one of Loom's secrets, kept, answered at once and worked on later."""
    door: Door = request.app.state.github_door
    received = await door.receive(request.headers, await request.body())
    if received.row.status == DeliveryStatus.IGNORED and received.is_new:
        return Answer(status="ignored")
    return Answer(status="received" if received.is_new else "already received", event=_heard(received))


@router.get("/webhooks/status", dependencies=[requires("projects:read")])
async def status(tx: ReadTx, settings: AppSettings, actor: CurrentActor) -> StatusView:
    """Where GitHub is to send to, and how what came has fared."""
    return StatusView(
        enabled=await service.is_set_up(tx), url=f"{settings.base_url}/api/v1{RECEIVER}", events=sorted(TYPES),
        has_system_secret=bool(await service.secrets(tx, None)), deliveries=await repository.counts(tx, actor),
        last_received_at=await repository.last_received(tx, actor),
    )  # fmt: skip


@router.get("/webhooks/deliveries", dependencies=[requires("projects:read")])
async def deliveries(
    request: Request, response: Response, tx: ReadTx, paging: Page, actor: CurrentActor,
    project_id: Annotated[str | None, Query(max_length=200)] = None,
    status: DeliveryStatus | None = None,
    event: Annotated[str | None, Query(max_length=60)] = None,
) -> list[DeliveryView]:  # fmt: skip
    """What GitHub sent in the last seven days, the newest first. Of no project: for administrators alone."""
    rows, total = await repository.page(
        tx, actor, limit=paging.limit, offset=paging.offset, project_id=project_id, status=status, event=event
    )
    paging.announce(request, response, total)
    return [DeliveryView.of(row) for row in rows]


@router.get("/webhooks/deliveries/{delivery_id}", dependencies=[requires("projects:read")])
async def delivery(delivery_id: str, tx: ReadTx, actor: CurrentActor) -> DeliveryDetail:
    """One delivery with what GitHub sent."""
    return DeliveryDetail.of(await service.get(tx, delivery_id, actor=actor))


@router.post("/webhooks/deliveries/{delivery_id}/retry", status_code=202, dependencies=[requires("projects:write")])
async def retry(delivery_id: str, tx: WriteTx, actor: CurrentActor) -> DeliveryView:
    """Has a delivery that failed, or was of no project, worked on once more."""
    return DeliveryView.of(await service.retry(tx, delivery_id, actor=actor))


@router.get("/webhooks/secrets", dependencies=[requires("system:admin")])
async def secrets(tx: ReadTx) -> list[SecretView]:
    """The secrets for all projects, without their texts."""
    return [SecretView.model_validate(row) for row in await service.secrets(tx, None)]


@router.post("/webhooks/secrets", status_code=201, dependencies=[requires("system:admin")])
async def make_secret(tx: WriteTx, vault: AppVault, actor: CurrentActor) -> NewSecret:
    """Makes a secret for all projects and shows it, once. With one there already this begins a rotation."""
    row, text = await service.make_secret(tx, vault, None, actor=actor)
    return NewSecret(**SecretView.model_validate(row).model_dump(), secret=text)


@router.delete("/webhooks/secrets/{secret_id}", status_code=204, dependencies=[requires("system:admin")])
async def drop_secret(secret_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Believes a secret for all projects no more."""
    await service.drop_secret(tx, None, secret_id, actor=actor)


@router.get("/projects/{project_id}/webhook-secrets", dependencies=[requires("projects:read")])
async def project_secrets(project_id: str, tx: ReadTx, actor: CurrentActor) -> list[SecretView]:
    """The project's own secrets, without their texts."""
    await projects.get(tx, project_id, actor=actor)
    return [SecretView.model_validate(row) for row in await service.secrets(tx, project_id)]


@router.post("/projects/{project_id}/webhook-secrets", status_code=201, dependencies=[requires("projects:write")])
async def make_project_secret(project_id: str, tx: WriteTx, vault: AppVault, actor: CurrentActor) -> NewSecret:
    """Makes a secret of the project's own and shows it, once. With one there already this begins a rotation."""
    await projects.get(tx, project_id, actor=actor)
    row, text = await service.make_secret(tx, vault, project_id, actor=actor)
    return NewSecret(**SecretView.model_validate(row).model_dump(), secret=text)


@router.delete(
    "/projects/{project_id}/webhook-secrets/{secret_id}", status_code=204, dependencies=[requires("projects:write")]
)
async def drop_project_secret(project_id: str, secret_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Believes a secret of the project's no more."""
    await projects.get(tx, project_id, actor=actor)
    await service.drop_secret(tx, project_id, secret_id, actor=actor)


@router.get("/projects/{project_id}/webhook-rules", dependencies=[requires("projects:read")])
async def rules(project_id: str, tx: ReadTx, actor: CurrentActor) -> RulesView:
    """What the project makes of issues."""
    await projects.get(tx, project_id, actor=actor)
    return RulesView.model_validate(await service.rules(tx, project_id))


@router.put("/projects/{project_id}/webhook-rules", dependencies=[requires("projects:write")])
async def set_rules(project_id: str, wanted: RulesBody, tx: WriteTx, actor: CurrentActor) -> RulesView:
    """Says whose issues become beads, and whether closing one on GitHub closes its bead."""
    await projects.get(tx, project_id, actor=actor)
    row = await service.set_rules(tx, project_id, wanted.issues, wanted.on_close, actor=actor)
    return RulesView.model_validate(row)


def _heard(received: Received) -> HeardEvent:
    row = received.row
    return HeardEvent(
        id=row.id, type=received.told.type or row.event, source="github", repository=row.repository, action=row.action,
        data=received.told.data(row.id), received_at=row.received_at, processed=False,
    )  # fmt: skip
