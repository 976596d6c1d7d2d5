"""REST of one's own second factor.

Turning it off and new recovery codes need the password and a code: a stolen session together with the password must
not be enough to be rid of it, or it would protect nobody it was made for.
"""

from fastapi import APIRouter, Response

from loom_app.auth import second_factor, service
from loom_app.auth.door import AppDoor
from loom_app.auth.gate import CurrentActor, personal
from loom_app.auth.schemas import CodeShown, FactorOffered, FullProof, Proof, RecoveryCodes

router = APIRouter(prefix="/totp")
OWN = [personal("one's own second factor")]


@router.post("/setup", dependencies=OWN)
async def offer(body: Proof, response: Response, actor: CurrentActor, door: AppDoor) -> FactorOffered:
    """A fresh seed for one's app, shown this once. It changes nothing until a code of it was confirmed."""
    found = await door.recognise(actor.id, body.current_password)
    async with door.db.write() as tx:
        made = await second_factor.offer(tx, door.vault, await service.unchanged(tx, found))
    response.headers["Cache-Control"] = "no-store"
    return FactorOffered.model_validate(made)


@router.post("/confirm", dependencies=OWN)
async def confirm(body: CodeShown, response: Response, actor: CurrentActor, door: AppDoor) -> RecoveryCodes:
    """Turns the second factor on for who shows a code of the offered seed. The recovery codes are shown this once."""
    codes = await door.confirm(actor.id, body.code)
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodes(recovery_codes=codes)


@router.delete("", status_code=204, dependencies=OWN)
async def remove(body: FullProof, actor: CurrentActor, door: AppDoor) -> None:
    """Turns the second factor off, for the password and a code of the app or a recovery code."""
    found = await door.recognise(actor.id, body.current_password)
    async with door.db.write() as tx:
        user = await service.unchanged(tx, found)
        await door.check_code(tx, user, body.code)
        await second_factor.remove(tx, user, actor)


@router.post("/recovery-codes", dependencies=OWN)
async def renew(body: FullProof, response: Response, actor: CurrentActor, door: AppDoor) -> RecoveryCodes:
    """Ten new recovery codes in place of the earlier ones, for the password and a code; shown this once."""
    found = await door.recognise(actor.id, body.current_password)
    async with door.db.write() as tx:
        user = await service.unchanged(tx, found)
        await door.check_code(tx, user, body.code)
        codes = await second_factor.renew_recovery_codes(tx, user)
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodes(recovery_codes=codes)
