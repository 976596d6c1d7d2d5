"""REST of questions to Loom: asked, answered whole or as a stream, proposals confirmed, one's own history."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from loom_app.auth.gate import CurrentActor, one_stream, personal, requires
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import LoomError
from loom_app.kernel.rest import AppDatabase, AppSettings, AppVault, Page, ReadTx, WriteTx
from loom_app.repl import answering, proposing, service
from loom_app.repl.schemas import AnswerView, History, ProposalView, Question
from loom_app.repl.talking import Hearing, House

router = APIRouter(prefix="/api/v1/repl", tags=["repl"])
USE = requires("repl:use")
Told = tuple[str, dict[str, Any]]


@router.post("", dependencies=[USE, one_stream])
async def ask(
    wanted: Question, db: AppDatabase, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> AnswerView:
    """Answers a question from what you may see; `agent: task` starts work; changes are proposed, never made at once."""
    return await answering.ask(House(db, vault, settings), actor, wanted)


@router.post("/stream", dependencies=[USE, one_stream], response_class=EventSourceResponse)
async def stream(
    wanted: Question, db: AppDatabase, vault: AppVault, settings: AppSettings, actor: CurrentActor
) -> EventSourceResponse:
    """The same as server-sent events: `step` while Loom looks, `chunk` with text, `void` when that text does not
    count, then `answer`, or `error`. Whoever goes away stops it."""
    return EventSourceResponse(
        _messages(House(db, vault, settings), actor, wanted), ping=15,
        ping_message_factory=lambda: ServerSentEvent(comment="keepalive"),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )  # fmt: skip


@router.get("/history", dependencies=[personal("what one asked oneself", by_key=True)])
async def history(tx: ReadTx, page: Page, request: Request, response: Response, actor: CurrentActor) -> History:
    """What you asked and were answered, the newest first; nobody else's."""
    found = await service.history(tx, actor, page.limit, page.offset)
    page.announce(request, response, found.total)
    return found


@router.delete("/history", status_code=204, dependencies=[USE])
async def forget(tx: WriteTx, actor: CurrentActor) -> None:
    """Deletes what you asked, with proposals that were not confirmed yet."""
    await service.forget(tx, actor)


@router.post("/proposals/{proposal_id}/confirm", dependencies=[USE])
async def confirm(proposal_id: str, db: AppDatabase, settings: AppSettings, actor: CurrentActor) -> ProposalView:
    """Makes the proposed change, once; refused when what it is about has changed since."""
    return ProposalView.of(await proposing.confirm(db, settings, proposal_id, actor=actor))


@router.post("/proposals/{proposal_id}/dismiss", dependencies=[USE])
async def dismiss(proposal_id: str, tx: WriteTx, actor: CurrentActor) -> ProposalView:
    """Leaves the proposed change alone."""
    return ProposalView.of(await proposing.dismiss(tx, proposal_id, actor=actor))


async def _messages(house: House, actor: Actor, wanted: Question) -> AsyncIterator[ServerSentEvent]:
    said: asyncio.Queue[Told | None] = asyncio.Queue()
    hearing = Hearing(
        step=lambda words: said.put_nowait(("step", {"words": words})),
        text=lambda piece: said.put_nowait(("chunk", {"text": piece})),
        void=lambda: said.put_nowait(("void", {})),
    )
    work = asyncio.create_task(_work(house, actor, wanted, hearing, said))
    try:
        yield ServerSentEvent(event="connected", data="{}")
        while (told := await said.get()) is not None:
            yield ServerSentEvent(event=told[0], data=json.dumps(told[1]))
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _work(
    house: House, actor: Actor, wanted: Question, hearing: Hearing, said: "asyncio.Queue[Told | None]"
) -> None:
    """Answers into the queue; None is its end, whatever happens."""
    try:
        answer = await answering.ask(house, actor, wanted, hearing)
        said.put_nowait(("answer", answer.model_dump(mode="json")))
    except LoomError as error:
        said.put_nowait(("error", {"error": error.message, "code": error.code, "status": error.status}))
    finally:
        said.put_nowait(None)
