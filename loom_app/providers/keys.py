"""The API keys of providers, sealed in their rows."""

from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.ids import new_id
from loom_app.providers.models import Provider

PURPOSE = "provider-key"


def store(provider: Provider, key: str, vault: Vault) -> None:
    """Keeps `key` for the provider in place of the one it had."""
    provider.api_key_sealed = vault.seal(key, purpose=PURPOSE, subject=provider.id)
    provider.key_id = new_id("key")


def of(provider: Provider, vault: Vault) -> str:
    """The provider's key, empty for none. Raises SecretUnreadable when it cannot be opened."""
    if not provider.api_key_sealed:
        return ""
    return vault.unseal(provider.api_key_sealed, purpose=PURPOSE, subject=provider.id)


def is_key_of(provider: Provider, key: str, vault: Vault) -> bool:
    """Whether `key` is the one the provider has; False when that cannot be opened."""
    try:
        return of(provider, vault) == key
    except SecretUnreadable:
        return False
