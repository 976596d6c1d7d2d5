"""Changes are proposed, never made at once: a person confirms each; then it is made, once, if it is still the same."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, Invalid, LoomError, NotFound
from loom_app.kernel.ids import new_id
from loom_app.repl import repository
from loom_app.repl.changing.kinds import KINDS, offered
from loom_app.repl.models import Proposal, ProposalStatus
from loom_app.repl.reading.tool import Asking
from loom_app.repl.reading.tools import read

LASTS = timedelta(minutes=30)


class Stale(Conflict):
    """What a proposal was about is not as it was."""


async def propose(asking: Asking, name: str, given: Mapping[str, Any]) -> Proposal:
    """A change of the kind `name`, described and not yet kept. Raises what describing it raises."""
    kind = offered(asking.actor).get(name)
    if kind is None:
        raise Invalid(f"There is no change {name[:80]!r} that you may make.", code="no_such_change")
    wanted = read(kind.takes, given)
    plan = await kind.plan(asking, wanted)
    return Proposal(
        id=new_id("prop"), exchange_id="", user_id=asking.actor.id, kind=kind.name,
        parameters=wanted.model_dump(mode="json") | dict(plan.settled), title=plan.title,
        effects=list(plan.effects), seen=dict(plan.seen), expires_at=now() + LASTS,
    )  # fmt: skip


async def get(tx: AsyncSession, proposal_id: str, *, actor: Actor) -> Proposal:
    """The proposal, if it was made to `actor`. Raises NotFound."""
    found = await repository.proposal(tx, proposal_id)
    if found is None or found.user_id != actor.id:
        raise NotFound(f"There is no proposal {proposal_id[:100]!r} of yours.", code="proposal_not_found")
    return found


async def confirm(db: Database, settings: Settings, proposal_id: str, *, actor: Actor) -> Proposal:
    """Makes the change with what `actor` may do now. One that was made already is shown as it is.

    Raises NotFound, Conflict for one that was dismissed, has expired or is about what has changed since, Forbidden,
    and what making the change raises; then it can be tried again.
    """
    try:
        async with db.write() as tx:
            await _made(Asking(tx, actor, settings), await get(tx, proposal_id, actor=actor))
    except Stale as stale:
        async with db.write() as tx:
            await repository.end(tx, proposal_id, ProposalStatus.STALE, stale.message, now())
        raise
    async with db.read() as tx:
        return await get(tx, proposal_id, actor=actor)


async def dismiss(tx: AsyncSession, proposal_id: str, *, actor: Actor) -> Proposal:
    """Ends a proposal without the change. Raises NotFound, and Conflict for one that was made."""
    found = await get(tx, proposal_id, actor=actor)
    if not await repository.end(tx, proposal_id, ProposalStatus.DISMISSED, "", now()):
        found = await get(tx, proposal_id, actor=actor)
        if found.status == ProposalStatus.DONE:
            raise Conflict(f"This was done already: {found.result}", code="proposal_done")
    return await get(tx, proposal_id, actor=actor)


async def _made(asking: Asking, found: Proposal) -> None:
    """Ended first, so that of two who confirm at once one waits here and finds it made."""
    if not await repository.end(asking.tx, found.id, ProposalStatus.DONE, "", now()):
        _check_made(await get(asking.tx, found.id, actor=asking.actor))
        return
    if now() >= found.expires_at:
        raise Conflict(
            f"This proposal was good until {rfc3339(found.expires_at)}. Ask again for a fresh one.",
            code="proposal_expired",
        )
    kind = KINDS[found.kind]
    if not asking.actor.may(kind.permission):
        raise Forbidden(
            f"This needs the permission {kind.permission}, which {asking.actor.name} does not have.",
            code="permission_missing", permission=kind.permission,
        )  # fmt: skip
    wanted = read(kind.takes, found.parameters)
    await _check_fresh(asking, found, wanted)
    await repository.note(asking.tx, found.id, await kind.do(asking, wanted))


def _check_made(found: Proposal) -> None:
    if found.status != ProposalStatus.DONE:
        why = found.result or "It was dismissed."
        raise Conflict(f"Nothing was done. {why} Ask again for a fresh proposal.", code=f"proposal_{found.status}")


async def _check_fresh(asking: Asking, found: Proposal, wanted: Any) -> None:
    """Raises Stale where the change would not be the one that was described."""
    try:
        plan = await KINDS[found.kind].plan(asking, wanted)
    except LoomError as error:
        raise Stale(f"Nothing was done: {error.message}", code="proposal_stale") from error
    for name, then in found.seen.items():
        is_now = plan.seen.get(name)
        if is_now != then:
            raise Stale(
                f"Nothing was done, for it has changed since: {name} was {then!r} and is {is_now!r} now. Ask again.",
                code="proposal_stale",
            )
    if plan.title != found.title or list(plan.effects) != found.effects:
        raise Stale("Nothing was done, since it would do something else now. Ask again.", code="proposal_stale")
