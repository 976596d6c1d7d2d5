"""Sending what is on its way: endpoint by endpoint, so that one that hangs holds up itself alone."""

import time
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.events.visibility import PRIVATE_TO
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.outgoing import repository, schedule, signing
from loom_app.outgoing.choosing import may_still_go, owner_of
from loom_app.outgoing.models import OLD_PURPOSE, SIGNING_PURPOSE, Endpoint, Sending, SendingStatus
from loom_app.outgoing.posting import Outcome, Poster

KEPT = timedelta(days=7)
FORGOTTEN_TOGETHER = 500
MOST_AT_A_TIME = 200
"""How many messages one endpoint gets before others are looked at again."""


async def due(db: Database) -> list[str]:
    """The endpoints that something is to be sent to now."""
    async with db.read() as tx:
        return await repository.due_endpoints(tx)


async def attend(db: Database, vault: Vault, settings: Settings, poster: Poster, endpoint_id: str) -> None:
    """Sends what is due to one endpoint, the oldest first, until one is not taken."""
    for _ in range(MOST_AT_A_TIME):
        async with db.write() as tx:
            row = await repository.claim(tx, endpoint_id)
        if row is None or not await send(db, vault, settings, poster, row.id):
            return


async def send(db: Database, vault: Vault, settings: Settings, poster: Poster, sending_id: str) -> bool:
    """Sends one message and keeps what became of it; whether the next may follow."""
    async with db.write() as tx:
        row = await repository.sending(tx, sending_id, to_change=True)
        endpoint = await repository.get(tx, row.endpoint_id) if row is not None else None
        if row is None or endpoint is None or row.status != SendingStatus.WAITING:
            return False
        if not may_still_go(await owner_of(tx, settings, endpoint), row):
            _end(row, SendingStatus.DEAD, "Whom the endpoint belongs to may no longer read this.")
            return True
        url, body, live = endpoint.url, row.body.encode(), _live(vault, endpoint)
    outcome = await poster.post(url, body, signing.headers(live, row.id, int(time.time()), body))
    async with db.write() as tx:
        await _settle(tx, sending_id, outcome)
    return not outcome.problem


async def forget_old(db: Database) -> None:
    """Removes messages older than seven days."""
    gone = FORGOTTEN_TOGETHER
    while gone == FORGOTTEN_TOGETHER:
        async with db.write() as tx:
            gone = await repository.forget(tx, now() - KEPT, FORGOTTEN_TOGETHER)


def _live(vault: Vault, endpoint: Endpoint) -> list[str]:
    """The secrets to sign with, the present one first."""
    live = [vault.unseal(endpoint.secret_sealed, purpose=SIGNING_PURPOSE, subject=endpoint.id)]
    if endpoint.old_secret_sealed and endpoint.old_until is not None and endpoint.old_until > now():
        live.append(vault.unseal(endpoint.old_secret_sealed, purpose=OLD_PURPOSE, subject=endpoint.id))
    return live


async def _settle(tx: AsyncSession, sending_id: str, outcome: Outcome) -> None:
    row = await repository.sending(tx, sending_id, to_change=True)
    endpoint = await repository.get(tx, row.endpoint_id, to_change=True) if row is not None else None
    if row is None or endpoint is None:  # it went meanwhile
        return
    row.attempts, row.first_at = row.attempts + 1, row.first_at or now()
    row.answer, row.took_ms = outcome.answer, outcome.took_ms
    if not outcome.problem:
        _end(row, SendingStatus.DELIVERED, "")
        endpoint.failures, endpoint.rest_until, endpoint.last_delivered_at = 0, None, now()
        return
    _put_off(row, outcome)
    endpoint.failures, endpoint.last_failed_at = endpoint.failures + 1, now()
    endpoint.rest_until = ahead(schedule.rest(endpoint.failures))
    if endpoint.enabled and (outcome.is_gone or endpoint.failures >= schedule.MOST_FAILURES):
        _switch_off(tx, endpoint, outcome)


def _put_off(row: Sending, outcome: Outcome) -> None:
    """Has the message tried again later; one made to try the endpoint (it is due never) is not."""
    row.problem = outcome.problem
    again = schedule.next_try(row.attempts, row.first_at or now(), now()) if row.due_at is not None else None
    if again is None:
        _end(row, SendingStatus.DEAD, outcome.problem)
    else:
        row.due_at = again


def _switch_off(tx: AsyncSession, endpoint: Endpoint, outcome: Outcome) -> None:
    many = f"{endpoint.failures} attempts in a row have failed"
    why = "It answered 410, which asks for no more messages" if outcome.is_gone else many
    endpoint.enabled, endpoint.problem = False, f"{why}. The last one: {outcome.problem} Mend it, then switch it on."
    data = {"name": endpoint.description or endpoint.id, "endpoint_id": endpoint.id, "problem": endpoint.problem}
    private = {} if endpoint.project_id else {PRIVATE_TO: endpoint.owner_id}
    append(
        tx, "webhook.switched_off", actor=SYSTEM, project_id=endpoint.project_id, subject_id=endpoint.id,
        data=data | private,
    )  # fmt: skip


def _end(row: Sending, status: SendingStatus, problem: str) -> None:
    row.status, row.problem, row.due_at, row.done_at = status, problem, None, now()
