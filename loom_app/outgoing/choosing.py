"""Which events go to which endpoint: those asked for, of what its owner may read at this moment."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import memberships
from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.events.visibility import GUARDED, visible_to
from loom_app.kernel.actor import DEVELOPER, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.ids import new_id
from loom_app.outgoing import repository
from loom_app.outgoing.models import Endpoint, Sending, SendingStatus

NEVER = "webhook"
"""The source of what webhooks themselves cause: told to nobody outside, or one that fails would feed itself."""


@dataclass(frozen=True)
class Listener:
    """An endpoint and who owns it now."""

    endpoint: Endpoint
    owner: Actor
    since: int = 0
    """The number of the event of its making: it is told what comes after, whatever the clock says meanwhile."""

    def wants(self, event: EventRecord) -> bool:
        """Whether the event goes there."""
        of, known = self.endpoint, self.endpoint.project_id in (None, event.project_id)
        return (
            known and event.source != NEVER and event.seq > self.since
            and asked_for(of.events, event.type) and visible_to(self.owner).shows(event)
        )  # fmt: skip


async def listeners(tx: AsyncSession, settings: Settings) -> list[Listener]:
    """The endpoints that are switched on, of owners who may still read something."""
    rows = await repository.enabled(tx)
    made = await repository.made_at(tx, [row.id for row in rows])
    found = [(row, await owner_of(tx, settings, row)) for row in rows]
    return [Listener(row, owner, made.get(row.id, 0)) for row, owner in found if owner is not None]


def asked_for(patterns: list[str], type_: str) -> bool:
    """Whether one of the patterns stands for the type."""
    return not {"*", type_, f"{type_.partition('.')[0]}.*"}.isdisjoint(patterns)


async def owner_of(tx: AsyncSession, settings: Settings, endpoint: Endpoint) -> Actor | None:
    """Who owns it as they are now; None when they may no longer come in, or read no projects."""
    if endpoint.owner_id == DEVELOPER.id:
        return None if settings.auth.enabled else DEVELOPER
    owner = await memberships.as_actor(tx, endpoint.owner_id)
    return owner if owner is not None and owner.may("projects:read") else None


def may_still_go(owner: Actor | None, sending: Sending) -> bool:
    """Whether the endpoint's owner may still read what the message tells of."""
    if owner is None or (sending.project_id is not None and not owner.sees(sending.project_id)):
        return False
    return sending.event_type.partition(".")[0] not in GUARDED or owner.may("system:admin")


def message(endpoint: Endpoint, event: EventRecord) -> dict[str, Any]:
    """The row of the message that tells an endpoint of an event."""
    said = {"type": event.type, "timestamp": rfc3339(event.timestamp), "data": event.as_json()}
    row = _row(endpoint, event.id, event.type, event.seq, event.project_id, said)
    return row.model_dump() | {"due_at": now()}


def trial(endpoint: Endpoint) -> Sending:
    """A message that tells of nothing, to see whether it is taken. It is sent by whoever made it, once."""
    event_id, moment = new_id("evt"), now()
    said = {
        "type": "webhook.test", "timestamp": rfc3339(moment),
        "data": {"message": "Loom can reach this address.", "endpoint_id": endpoint.id},
    }  # fmt: skip
    return _row(endpoint, event_id, "webhook.test", 0, endpoint.project_id, said)


def _row(
    endpoint: Endpoint, event_id: str, type_: str, seq: int, project_id: str | None, said: dict[str, Any]
) -> Sending:
    return Sending(
        id=new_id("msg"), endpoint_id=endpoint.id, project_id=project_id, event_id=event_id, event_type=type_, seq=seq,
        body=json.dumps(said, ensure_ascii=True, separators=(",", ":")), status=SendingStatus.WAITING,
    )  # fmt: skip
