"""REST of beads."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from loom_app.auth.gate import CurrentActor, looked_up, requires
from loom_app.beads import repository, service, views
from loom_app.beads.comment_routes import router as comments
from loom_app.beads.graph_routes import router as work_graph
from loom_app.beads.history_routes import router as history
from loom_app.beads.models import TOMBSTONE, BeadStatus
from loom_app.beads.schemas import (
    BeadChange,
    BeadCreate,
    BeadDetail,
    BlockerView,
    BulkChange,
    BulkView,
    Dependencies,
    DependencyChange,
    DependencyDraft,
    DependencyView,
    Redispatch,
)
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import parse_rfc3339
from loom_app.kernel.rest import ReadTx, WriteTx

router = APIRouter(prefix="/api/v1", tags=["beads"])
looked_up("bead_id", service.exists)
READ, WRITE = [requires("beads:read")], [requires("beads:write")]
IfMatch = Annotated[str, Header(alias="If-Match", max_length=100, description="The ETag the bead was read with.")]


@router.post("/beads", status_code=201, dependencies=WRITE, response_model=BeadDetail)
async def create(wanted: BeadCreate, tx: WriteTx, actor: CurrentActor) -> Response:
    """Makes a bead."""
    made = await service.create(tx, wanted, actor=actor)
    response = await _detail(tx, made.id, actor)
    response.status_code = 201
    response.headers["Location"] = f"/api/v1/beads/{made.id}"
    return response


@router.get("/beads/{bead_id}", dependencies=READ, response_model=BeadDetail)
async def bead(bead_id: str, tx: ReadTx, actor: CurrentActor) -> Response:
    """One bead, with what it waits for in words."""
    return await _detail(tx, bead_id, actor)


@router.patch("/beads/{bead_id}", dependencies=WRITE, response_model=BeadDetail)
async def update(
    bead_id: str, change: BeadChange, tx: WriteTx, actor: CurrentActor, if_match: IfMatch = ""
) -> Response:
    """Changes what the body names. With If-Match (or `expected_updated_at`) only if nobody changed the bead since."""
    seen = if_match.removeprefix("W/").strip('"')
    if seen and seen != "*":
        change = change.model_copy(update={"expected_updated_at": parse_rfc3339(seen)})
    changed = await service.update(tx, bead_id, change, actor=actor)
    return await _detail(tx, bead_id, actor, told=change.status != "" and changed.status == BeadStatus.IN_PROGRESS)


@router.patch("/beads", dependencies=WRITE)
async def update_all(wanted: BulkChange, tx: WriteTx, actor: CurrentActor) -> BulkView:
    """Makes the same change to up to 500 beads, of whatever projects you see: to all of them or to none."""
    done = await service.update_all(tx, wanted, actor=actor)
    return BulkView(change_id=done.change_id, changed=done.changed, unchanged=done.unchanged)


@router.delete("/beads/{bead_id}", status_code=204, dependencies=[requires("beads:delete")])
async def remove(
    bead_id: str,
    tx: WriteTx,
    actor: CurrentActor,
    response: Response,
    reason: Annotated[str, Query(max_length=2000, description="Why; its history and its file keep it.")] = "",
) -> None:
    """Deletes a bead. The header Change-Id is what undoing takes to bring it back."""
    await service.remove(tx, bead_id, actor=actor, reason=reason)
    response.headers["Change-Id"] = service.last_change(tx) or ""


@router.get("/beads/{bead_id}/dependencies", dependencies=READ)
async def dependencies(bead_id: str, tx: ReadTx, actor: CurrentActor) -> Dependencies:
    """What the bead depends on, what depends on it and what keeps it waiting."""
    await service.get(tx, bead_id, actor=actor)
    ahead, behind = await repository.links_from(tx, [bead_id]), await repository.links_to(tx, [bead_id])
    others = [link.depends_on_id for link in ahead] + [link.bead_id for link in behind]
    known = {standing.id: standing for standing in await repository.standings(tx, others)}
    hidden = {bead.id for bead in known.values() if not actor.sees(bead.project_id) or bead.source_status == TOMBSTONE}
    reasons = await service.explain(tx, bead_id, actor)
    return Dependencies(
        depends_on=[
            _dependency(link, known.get(link.depends_on_id)) for link in ahead if link.depends_on_id not in hidden
        ],
        dependents=[_dependency(link, known.get(link.bead_id)) for link in behind if link.bead_id not in hidden],
        blockers=[BlockerView.model_validate(reason.as_json()) for reason in reasons],
    )


@router.post("/beads/{bead_id}/dependencies", status_code=201, dependencies=WRITE)
async def add_dependency(bead_id: str, wanted: DependencyDraft, tx: WriteTx, actor: CurrentActor) -> DependencyView:
    """Makes the bead depend on another; 409 names the cycle this would close."""
    link = await service.add_dependency(
        tx, bead_id, wanted.depends_on_id, wanted.type, actor=actor, gate=wanted.gate
    )  # fmt: skip
    known = await repository.standings(tx, [wanted.depends_on_id])
    return _dependency(link, known[0] if known else None)


@router.patch("/beads/{bead_id}/dependencies/{depends_on_id}", dependencies=WRITE)
async def change_dependency(
    bead_id: str, depends_on_id: str, wanted: DependencyChange, tx: WriteTx, actor: CurrentActor
) -> DependencyView:
    """Gives a dependency another type; 409 names the cycle this would close."""
    link = await service.change_dependency(tx, bead_id, depends_on_id, wanted.type, actor=actor, gate=wanted.gate)
    known = await repository.standings(tx, [depends_on_id])
    return _dependency(link, known[0] if known else None)


@router.delete("/beads/{bead_id}/dependencies/{depends_on_id}", status_code=204, dependencies=WRITE)
async def remove_dependency(bead_id: str, depends_on_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Ends a dependency."""
    await service.remove_dependency(tx, bead_id, depends_on_id, actor=actor)


@router.post("/beads/{bead_id}/redispatch", dependencies=WRITE, response_model=BeadDetail)
async def redispatch(bead_id: str, tx: WriteTx, actor: CurrentActor, wanted: Redispatch | None = None) -> Response:
    """Puts the bead back in the queue as if new: open, no hops, no rest."""
    await service.redispatch(tx, bead_id, reason=wanted.reason if wanted else "", actor=actor)
    return await _detail(tx, bead_id, actor)


async def _detail(tx: ReadTx, bead_id: str, actor: Actor, *, told: bool = False) -> Response:
    shown: dict[str, Any] = await views.detailed(tx, bead_id, actor)
    shown["change_id"] = service.last_change(tx)
    if told and shown["is_blocked"]:
        shown["warnings"] = [
            f"{bead_id} was set to work although it waits, {reason['why']}." for reason in shown["blockers"]
        ]
    response = views.answer(shown)
    response.headers["ETag"] = views.etag(shown)
    return response


def _dependency(link: Any, other: Any | None) -> DependencyView:
    return DependencyView(
        bead_id=link.bead_id,
        depends_on_id=link.depends_on_id,
        type=link.type,
        gate=link.gate,
        created_at=link.created_at,
        created_by=link.created_by,
        title=other.title if other else None,
        status=other.status if other else None,
    )


router.include_router(comments)
router.include_router(work_graph)
router.include_router(history)
