"""Endpoints: made, changed, given another secret, tried; and messages sent once more."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.events.visibility import PRIVATE_TO
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.database import one_at_a_time
from loom_app.kernel.errors import Conflict, Forbidden, NotFound
from loom_app.kernel.ids import new_id
from loom_app.outgoing import choosing, repository
from loom_app.outgoing.models import OLD_PURPOSE, SIGNING_PURPOSE, Endpoint, Sending, SendingStatus
from loom_app.outgoing.schemas import EndpointChange, EndpointDraft
from loom_app.outgoing.signing import new_secret
from loom_app.outgoing.targets import checked
from loom_app.projects import service as projects

MAKING = 0x0175
MOST_ENDPOINTS = 100
OLD_LIVES = timedelta(days=1)
"""How long is signed with the secret before as well."""


async def look(tx: AsyncSession, endpoint_id: str, actor: Actor) -> None:
    """Raises NotFound for an endpoint that is not there or that `actor` does not see."""
    await get(tx, endpoint_id, actor=actor)


async def look_at_sending(tx: AsyncSession, sending_id: str, actor: Actor) -> None:
    """The same for a message."""
    await sending(tx, sending_id, actor=actor)


async def get(tx: AsyncSession, endpoint_id: str, *, actor: Actor) -> Endpoint:
    """The endpoint. Raises NotFound."""
    row = await repository.get(tx, endpoint_id)
    if row is None or not (actor.sees(row.project_id) or row.owner_id == actor.id):
        raise NotFound(
            f"There is no endpoint {endpoint_id[:100]!r}. GET /api/v1/webhooks/endpoints lists them.",
            code="endpoint_not_found",
        )
    return row


async def make(
    tx: AsyncSession, vault: Vault, settings: Settings, wanted: EndpointDraft, *, actor: Actor
) -> tuple[Endpoint, str]:
    """A new endpoint that belongs to `actor`, and its secret, which is never told again.

    Raises NotFound for an unknown project, Invalid for an address Loom never calls, Conflict for one too many.
    """
    if actor.key_id:
        raise Forbidden(
            "An endpoint goes on telling what its owner may read, so an API key cannot make one; sign in.",
            code="session_needed",
        )
    if wanted.project_id:
        await projects.get(tx, wanted.project_id, actor=actor)
    checked(wanted.url, settings.webhooks.allowed_targets)
    await one_at_a_time(tx, MAKING)
    if await repository.count(tx) >= MOST_ENDPOINTS:
        raise Conflict(f"There are {MOST_ENDPOINTS} endpoints, the most there may be. Delete one.", code="too_many")
    text, endpoint_id = new_secret(), new_id("whe")
    row = Endpoint(
        id=endpoint_id, **wanted.model_dump(), owner_id=actor.id, owner=actor.name,
        secret_sealed=vault.seal(text, purpose=SIGNING_PURPOSE, subject=endpoint_id),
    )  # fmt: skip
    tx.add(row)
    _tell(tx, repository.MADE, row, actor)
    return row, text


async def change(
    tx: AsyncSession, settings: Settings, endpoint_id: str, wanted: EndpointChange, *, actor: Actor
) -> Endpoint:
    """The endpoint with what is given changed. Switched on again it has its waiting messages tried at once.

    Raises NotFound, Forbidden for somebody else's, Invalid for an address Loom never calls.
    """
    row = await _own(tx, endpoint_id, actor)
    given = {name: value for name, value in wanted.model_dump(exclude_unset=True).items() if value is not None}
    changed = {name for name, value in given.items() if getattr(row, name) != value}
    if "url" in changed:
        checked(given["url"], settings.webhooks.allowed_targets)
    for name in changed:
        setattr(row, name, given[name])
    if "url" in changed or ("enabled" in changed and row.enabled):
        row.failures, row.rest_until, row.problem = 0, None, ""
        await repository.hold_all(tx, row.id)
    if changed:
        _tell(tx, "webhook.endpoint_changed", row, actor)
    return row


async def rotate(tx: AsyncSession, vault: Vault, endpoint_id: str, *, actor: Actor) -> tuple[Endpoint, str]:
    """Another secret; for a day is signed with the one before as well, unless that can no longer be opened.

    Raises NotFound, Forbidden.
    """
    row = await _own(tx, endpoint_id, actor)
    text = new_secret()
    row.old_secret_sealed = _kept(vault, row)
    row.secret_sealed = vault.seal(text, purpose=SIGNING_PURPOSE, subject=row.id)
    row.old_until = now() + OLD_LIVES
    _tell(tx, "webhook.secret_changed", row, actor)
    return row, text


def _kept(vault: Vault, row: Endpoint) -> str:
    try:
        before = vault.unseal(row.secret_sealed, purpose=SIGNING_PURPOSE, subject=row.id)
    except SecretUnreadable:
        return ""
    return vault.seal(before, purpose=OLD_PURPOSE, subject=row.id)


async def remove(tx: AsyncSession, endpoint_id: str, *, actor: Actor) -> None:
    """Removes the endpoint with all that was on its way. Raises NotFound, Forbidden."""
    row = await _own(tx, endpoint_id, actor)
    await tx.delete(row)
    _tell(tx, "webhook.endpoint_deleted", row, actor)


async def put_trial(tx: AsyncSession, endpoint_id: str, *, actor: Actor) -> Sending:
    """A message that tells of nothing, to be sent at once by the caller. Raises NotFound, Forbidden."""
    row = choosing.trial(await _own(tx, endpoint_id, actor))
    tx.add(row)
    return row


async def sending(tx: AsyncSession, sending_id: str, *, actor: Actor) -> Sending:
    """A message. Raises NotFound."""
    row = await repository.sending(tx, sending_id)
    endpoint = await repository.get(tx, row.endpoint_id) if row is not None else None
    if row is None or endpoint is None or not (actor.sees(endpoint.project_id) or endpoint.owner_id == actor.id):
        raise NotFound(
            f"There is no message {sending_id[:100]!r}. They are kept for seven days; "
            "GET /api/v1/webhooks/endpoints/{endpoint_id}/messages lists them.",
            code="sending_not_found",
        )
    return row


async def redeliver(tx: AsyncSession, sending_id: str, *, actor: Actor) -> Sending:
    """Has a message sent once more, under the same id. Raises NotFound, Forbidden, Conflict while it is on its way."""
    seen = await sending(tx, sending_id, actor=actor)
    await _own(tx, seen.endpoint_id, actor)
    row = await repository.sending(tx, sending_id, to_change=True)
    assert row is not None
    if row.status == SendingStatus.WAITING:
        raise Conflict("The message is on its way already; it is tried again by itself.", code="on_its_way")
    row.status, row.attempts, row.first_at = SendingStatus.WAITING, 0, None
    row.due_at, row.done_at, row.problem = now(), None, ""
    return row


async def _own(tx: AsyncSession, endpoint_id: str, actor: Actor) -> Endpoint:
    """The endpoint, to be changed by its owner or an administrator: it tells what its owner may read."""
    await get(tx, endpoint_id, actor=actor)
    row = await repository.get(tx, endpoint_id, to_change=True)
    assert row is not None
    if row.owner_id != actor.id and not actor.may("system:admin"):
        raise Forbidden(
            f"This endpoint belongs to {row.owner}; they or an administrator can change it.", code="not_yours"
        )
    return row


def _tell(tx: AsyncSession, what: str, row: Endpoint, actor: Actor) -> None:
    """Without a project it is its owner's own. The address may hold a secret, so it is told to nobody."""
    private = {} if row.project_id else {PRIVATE_TO: row.owner_id}
    data = {"name": row.description or row.id, "endpoint_id": row.id, "events": row.events} | private
    append(tx, what, actor=actor, project_id=row.project_id, subject_id=row.id, data=data)
