"""REST of work that is asked for directly."""

import asyncio
import time
from contextlib import aclosing

from fastapi import APIRouter, Request, Response

from loom_app.auth.gate import CurrentActor, one_stream, requires
from loom_app.events.tail import EventTail
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.rest import AppDatabase
from loom_app.work import service
from loom_app.work.schemas import WorkRequest, WorkView

router = APIRouter(prefix="/api/v1", tags=["work"])


@router.post(
    "/work", dependencies=[requires("beads:write"), one_stream],
    responses={202: {"model": WorkView, "description": "It is not finished yet; the bead tells the rest."}},
)  # fmt: skip
async def work(
    wanted: WorkRequest, request: Request, response: Response, db: AppDatabase, actor: CurrentActor
) -> WorkView:
    """Has an agent do something and waits for the result; 202 with how it stands when that takes longer."""
    tail: EventTail = request.app.state.tail
    began, since = time.monotonic(), tail.last_seq
    async with db.write() as tx:
        bead_id = (await service.ask(tx, wanted, actor=actor)).id
    view = await _result(db, tail, since, bead_id, wanted, actor)
    response.status_code = 200 if view.finished else 202
    response.headers["Location"] = f"/api/v1/beads/{bead_id}"
    return view.model_copy(update={"latency_ms": round((time.monotonic() - began) * 1000)})


async def _result(
    db: Database, tail: EventTail, since: int, bead_id: str, wanted: WorkRequest, actor: Actor
) -> WorkView:
    """How the work stands when nothing more comes of it without a person, or when the time is over."""
    try:
        async with asyncio.timeout(wanted.timeout_sec), aclosing(tail.follow(since)) as batches:
            async for batch in batches:
                if any(event.subject_id == bead_id for event in batch):
                    view = await _standing(db, bead_id, wanted, actor)
                    if service.rests(view):
                        return view
    except TimeoutError:
        pass
    return await _standing(db, bead_id, wanted, actor)


async def _standing(db: Database, bead_id: str, wanted: WorkRequest, actor: Actor) -> WorkView:
    async with db.read() as tx:
        return await service.standing(tx, bead_id, wanted.agent_id, actor=actor)
