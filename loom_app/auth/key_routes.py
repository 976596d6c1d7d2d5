"""REST of API keys: one's own, and for administrators everybody's."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from loom_app.auth import api_keys, repository, service
from loom_app.auth.gate import CurrentActor, personal
from loom_app.auth.schemas import KeyMade, KeyShown, NewKey
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Forbidden, Invalid
from loom_app.kernel.rest import AppKeys, Page, ReadTx

router = APIRouter(prefix="/api-keys")
OWN = [personal("one's own keys; others' need system:admin, asked for inside")]


@router.post("", status_code=201, dependencies=OWN)
async def create(body: NewKey, response: Response, keys: AppKeys, actor: CurrentActor) -> KeyMade:
    """Makes an API key and shows it this once."""
    owner_id = _whose(body.user_id, actor)
    lasts = None if body.expires_in is None else _duration(body.expires_in)
    pepper = await keys.current(api_keys.PURPOSE)
    async with keys.db.write() as tx:
        owner = await service.get(tx, owner_id, to_change=True)
        made, text = await api_keys.create(
            tx, pepper, owner, name=body.name, permissions=body.permissions, lasts=lasts, actor=actor
        )
        shown = {**made.model_dump(), "username": owner.username}
    response.headers["Cache-Control"] = "no-store"
    return KeyMade(**shown, key=text)


@router.get("", dependencies=OWN)
async def list_keys(
    tx: ReadTx,
    request: Request,
    response: Response,
    page: Page,
    actor: CurrentActor,
    user_id: Annotated[str, Query(max_length=200, description="Whose; `*` for all, by administrators alone.")] = "",
) -> list[KeyShown]:
    """API keys, newest first, without their secrets."""
    whose = None if user_id == "*" and actor.may("system:admin") else _whose(user_id, actor)
    rows, total = await repository.keys_of(tx, whose, page.limit, page.offset)
    page.announce(request, response, total)
    return [KeyShown.model_validate(row) for row in rows]


@router.delete("/{key_id}", status_code=204, dependencies=OWN)
async def revoke(key_id: str, keys: AppKeys, actor: CurrentActor) -> None:
    """Takes a key away; it is refused from now on."""
    async with keys.db.write() as tx:
        await api_keys.revoke(tx, key_id, actor=actor)


def _whose(user_id: str, actor: Actor) -> str:
    if user_id not in ("", actor.id) and not actor.may("system:admin"):
        raise Forbidden(
            f"The keys of others need the permission system:admin, which {actor.name} does not have.",
            code="permission_missing",
            permission="system:admin",
        )
    return user_id or actor.id


def _duration(seconds: int) -> timedelta:
    most = int(api_keys.LONGEST_LIFE.total_seconds())
    if not 1 <= seconds <= most:
        raise Invalid(
            f"expires_in must be 1 to {most} seconds; leave it out for a key without end.", code="key_life_refused"
        )
    return timedelta(seconds=seconds)
