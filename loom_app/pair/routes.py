"""REST of pair programming: what a person says, the answer as it comes, its end, and how the talk stands."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from sse_starlette import EventSourceResponse, ServerSentEvent

from loom_app.agents import service as agents
from loom_app.auth.gate import CurrentActor, one_stream, requires
from loom_app.kernel.errors import Conflict
from loom_app.kernel.rest import ReadTx
from loom_app.pair import repository, service
from loom_app.pair.answering import STOPPED, Answer
from loom_app.pair.handing import HandingIn
from loom_app.pair.house import House
from loom_app.pair.places import Place, place_from, place_of
from loom_app.pair.schemas import FinishRequest, PairRequest, PairView
from loom_app.pair.stream import connected, told
from loom_app.pair.view import view
from loom_app.runs.models import Run
from loom_app.runs.schemas import RunView

router = APIRouter(prefix="/api/v1", tags=["pair"])
KEEPALIVE_SECONDS = 15
READ, WRITE, TALK = [requires("beads:read")], [requires("beads:write")], [requires("repl:use")]


def _house(request: Request) -> House:
    return request.app.state.house  # type: ignore[no-any-return]


@router.post("/pair", dependencies=[*TALK, one_stream], response_class=EventSourceResponse)
async def pair(wanted: PairRequest, request: Request, actor: CurrentActor) -> EventSourceResponse:
    """Says something to an agent about a bead and streams the answer: `connected`, `chunk` for what the model says,
    `actions` for what it did, `done` or `error`. The answer goes on when you leave; the stream of the session has it.
    """
    house = _house(request)
    house.check_room()
    async with house.db.write() as tx:
        begun = await service.say(tx, wanted, person=actor, settings=house.settings)
    answer = Answer(house, begun.run, begun.number, actor, begun.why_unchanged)
    return _answered(house, begun, answer)


@router.post("/pair/{session_id}/finish", dependencies=[*WRITE, one_stream], response_class=EventSourceResponse)
async def finish(session_id: str, wanted: FinishRequest, request: Request, actor: CurrentActor) -> EventSourceResponse:
    """Hands in what was changed: it lands, or waits for review, as the project wants of any work. Streams how."""
    house = _house(request)
    house.check_room()
    async with house.db.write() as tx:
        begun = await service.finish(tx, session_id, wanted.message, person=actor, settings=house.settings)
    return _answered(house, begun, HandingIn(house, begun.run, begun.number, actor, ""))


@router.get(
    "/pair/{session_id}/stream",
    dependencies=[*READ, one_stream],
    response_class=EventSourceResponse,
    responses={204: {"description": "Everything was told."}},
)
async def stream(
    session_id: str,
    request: Request,
    actor: CurrentActor,
    last_event_id: Annotated[str | None, Header(description="Resume after this event's id line.")] = None,
) -> Response:
    """What came of the last message: all of it, or from an event on. 204 when there is nothing more to tell."""
    house = _house(request)
    async with house.db.read() as tx:
        run = await service.get(tx, session_id, actor=actor)
        at = place_from(last_event_id) if last_event_id else await _begin(tx, run)
        last = await repository.last(tx, session_id)
        if run.ended_at is not None and (last is None or place_of(last, is_over=True) == at):
            return Response(status_code=204)
        name, count = await agents.name_of(tx, run.agent_id), await repository.count(tx, session_id)
        hello = connected(session_id, name, count, at, "")
    return _streamed(_after(hello, told(house, session_id, at)))


@router.post("/pair/{session_id}/stop", dependencies=TALK)
async def stop(session_id: str, request: Request, actor: CurrentActor) -> RunView:
    """Stops the answer that is on, at once; what came of it stays. 409 when none is on."""
    house = _house(request)
    async with house.db.write() as tx:
        run = await service.own(tx, session_id, actor)
        if run.ended_at is not None:
            raise Conflict("No answer is on.", code="nothing_on")
        run.cancel_requested = True
    await house.stop(session_id, STOPPED)
    async with house.db.read() as tx:
        return RunView.of(await service.get(tx, session_id, actor=actor))


@router.get("/beads/{bead_id}/pair", dependencies=READ)
async def talk(
    bead_id: str, tx: ReadTx, actor: CurrentActor, agent_id: Annotated[str, Query(max_length=200)] = ""
) -> PairView:
    """Your newest talk about a bead, with any agent or with one, and from where its stream goes on."""
    return await view(tx, bead_id, agent_id, person=actor)


async def _begin(tx: AsyncSession, run: Run) -> Place:
    asked = await repository.last_message(tx, run.id)
    return Place(asked.heard_turn if asked else 1)


def _answered(house: House, begun: service.Begun, answer: Answer) -> EventSourceResponse:
    at = Place(begun.number)
    house.start(begun.run.id, answer.work)
    hello = connected(begun.run.id, begun.agent_name, begun.count, at, begun.why_unchanged)
    return _streamed(_after(hello, told(house, begun.run.id, at)))


async def _after(hello: ServerSentEvent, events: AsyncIterator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
    yield hello
    async for event in events:
        yield event


def _streamed(events: AsyncIterator[ServerSentEvent]) -> EventSourceResponse:
    return EventSourceResponse(
        events,
        ping=KEEPALIVE_SECONDS,
        ping_message_factory=lambda: ServerSentEvent(comment="keepalive"),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
