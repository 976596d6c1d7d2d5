"""What the log is told of providers."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.events.visibility import PRIVATE_TO
from loom_app.kernel.actor import Actor
from loom_app.providers.models import Provider


def tell(tx: AsyncSession, type_: str, provider: Provider, actor: Actor, data: dict[str, Any]) -> None:
    """Appends an event of the provider, for its owner's eyes alone while it is not shared."""
    own = {} if provider.is_shared else {PRIVATE_TO: provider.owner_id}
    append(tx, type_, actor=actor, subject_id=provider.id, data=data | own)
