"""REST of the board."""

import gzip
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic_core import to_json

from loom_app.auth.gate import CurrentActor, looked_up, personal, requires
from loom_app.board import service, views
from loom_app.board.schemas import BoardShown, CardsShown, ViewChange, ViewDraft, ViewShown
from loom_app.kernel.errors import Invalid
from loom_app.kernel.rest import ReadTx, WriteTx

router = APIRouter(prefix="/api/v1/board", tags=["board"])
looked_up("view_id", lambda tx, view_id, actor: views.get(tx, view_id, actor=actor))
READ = [requires("beads:read")]
OWN = [personal("one's own saved views; who may share them the room of the board says", by_key=True)]
MOST_CARDS = 200
SMALL = 2_000
"""Answers of fewer bytes are not worth packing."""


@router.get(
    "",
    dependencies=READ,
    response_model=BoardShown,
    responses={304: {"description": "The board is as it was when it had the ETag in If-None-Match."}},
)
async def board(
    request: Request,
    tx: ReadTx,
    actor: CurrentActor,
    project_id: Annotated[str, Query(max_length=200)] = "",
    done: Annotated[
        Literal["newest", "all"], Query(description="Which finished beads: the newest 500 or all.")
    ] = "newest",
    if_none_match: Annotated[str, Header(max_length=1_000, description="The ETag of the board one has.")] = "",
) -> Response:
    """All cards you see, compactly: what is on a card and what cards are filtered, laid out and sorted by.

    The header Last-Seq is the number of the newest event that the answer takes in, 304 too.
    """
    tag, seq = await service.tag(tx, project_id, every_done=done == "all", actor=actor)
    fresh = {"ETag": tag, "Last-Seq": str(seq), "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if _is_among(tag, if_none_match):
        return Response(status_code=304, headers=fresh)
    shown = await service.board(tx, project_id, every_done=done == "all", actor=actor)
    return _packed(request, to_json(shown), fresh)


@router.get("/cards", dependencies=READ, response_model=CardsShown)
async def some_cards(
    tx: ReadTx,
    actor: CurrentActor,
    ids: Annotated[str, Query(max_length=40_000, description="Ids of beads, separated by commas; at most 200.")],
) -> Response:
    """The cards of these beads; those that are not in the answer are gone."""
    wanted = [one for one in ids.split(",") if one]
    if len(wanted) > MOST_CARDS:
        raise Invalid(f"ids names {len(wanted)} beads; ask for at most {MOST_CARDS} at a time.", code="too_many_ids")
    return Response(to_json(await service.some(tx, wanted, actor)), media_type="application/json")


@router.get("/views", dependencies=READ)
async def saved_views(tx: ReadTx, actor: CurrentActor) -> list[ViewShown]:
    """Your views and those shared with you."""
    return await views.listed(tx, actor)


@router.post("/views", status_code=201, dependencies=OWN)
async def save_view(draft: ViewDraft, tx: WriteTx, actor: CurrentActor) -> ViewShown:
    """Saves a view of yours."""
    return await views.save(tx, draft, actor=actor)


@router.patch("/views/{view_id}", dependencies=OWN)
async def change_view(view_id: str, wanted: ViewChange, tx: WriteTx, actor: CurrentActor) -> ViewShown:
    """Changes what the body names; `is_default` also of a view that somebody shares with you."""
    return await views.change(tx, view_id, wanted, actor=actor)


@router.delete("/views/{view_id}", status_code=204, dependencies=OWN)
async def delete_view(view_id: str, tx: WriteTx, actor: CurrentActor) -> None:
    """Deletes a view of yours."""
    await views.remove(tx, view_id, actor=actor)


def _is_among(tag: str, known: str) -> bool:
    """Whether an If-None-Match names `tag`, weakly compared."""
    named = {one.strip().removeprefix("W/") for one in known.split(",")}
    return "*" in named or tag.removeprefix("W/") in named


def _packed(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """`body` as the browser likes it: a large board is a tenth of its size when packed."""
    if len(body) > SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = gzip.compress(body, 1), headers | {"Content-Encoding": "gzip"}
    return Response(body, media_type="application/json", headers=headers)
