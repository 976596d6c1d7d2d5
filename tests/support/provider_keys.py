"""Providers that have a key, and what that key is."""

from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.providers import keys, service
from loom_app.providers.models import Provider
from loom_app.providers.schemas import ProviderDraft


async def store(db: Database, vault: Vault, provider_id: str, key: str) -> None:
    """Gives the provider, which is made when there is none, the key."""
    async with db.write() as tx:
        draft = ProviderDraft(id=provider_id, endpoint="https://models.example/v1", api_key=key)
        await service.register(tx, draft, vault=vault, actor=SYSTEM)


async def opened(db: Database, vault: Vault, provider_id: str) -> str:
    """The provider's key. Raises SecretUnreadable."""
    async with db.read() as tx:
        found = await tx.get(Provider, provider_id)
        assert found is not None
        return keys.of(found, vault)
