"""Entries of the audit log as pages show them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.audit import repository
from loom_app.audit.repository import Wanted
from loom_app.events.models import Event
from loom_app.ui.events import Said, in_words
from loom_app.ui.names import names_of

MOST = 50
LONGEST_DATA = 4_000


@dataclass
class AuditRow:
    """One entry: what was done in words, who had it done, and everything else that is kept of it."""

    said: Said
    who_href: str
    on_behalf_of: str
    type: str
    request_id: str
    address: str
    key_id: str
    data: str


async def newest(tx: AsyncSession, wanted: Wanted, before: int | None = None) -> list[AuditRow]:
    """The newest entries that are wanted, newest first; MOST and one more where there are older ones."""
    return await told(tx, await repository.newest(tx, wanted, limit=MOST + 1, before=before))


async def trail(tx: AsyncSession, user_id: str, most: int) -> list[AuditRow]:
    """What a user did and what was done to them, newest first."""
    did = await repository.newest(tx, Wanted(actor_id=user_id), limit=most)
    done = await repository.newest(tx, Wanted(subject_id=user_id), limit=most)
    both = {entry.id: entry for entry in [*did, *done]}.values()
    return await told(tx, sorted(both, key=lambda entry: entry.seq or 0, reverse=True)[:most])


async def told(tx: AsyncSession, entries: Iterable[Event]) -> list[AuditRow]:
    """The entries in words."""
    found = list(entries)
    names = await names_of(tx, {who for entry in found for who in (entry.actor_id, entry.on_behalf_of)})
    return [_row(entry, names) for entry in found]


def _row(entry: Event, names: dict[str, str]) -> AuditRow:
    then = {entry.actor_id: entry.actor_name} if entry.actor_name else {}
    behalf = entry.on_behalf_of or ""
    is_known_user = entry.actor_kind == "user" and entry.actor_id in names
    return AuditRow(
        said=in_words(entry, names | then),
        who_href=f"/users/{entry.actor_id}" if is_known_user else "",
        on_behalf_of=names.get(behalf, behalf),
        type=entry.type,
        request_id=entry.request_id or "",
        address=entry.address or "",
        key_id=f"loom_live_{entry.key_id}…" if entry.key_id else "",
        data=_text(entry),
    )


def _text(entry: Event) -> str:
    """The data of an entry for people; empty when it has none."""
    text = json.dumps(entry.data, indent=2, ensure_ascii=False) if entry.data else ""
    return text if len(text) <= LONGEST_DATA else f"{text[:LONGEST_DATA]}\n… the rest is in the export"
