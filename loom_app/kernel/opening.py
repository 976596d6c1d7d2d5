"""The database with its keys, for programs that come and go, such as commands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.migrate import upgrade


@dataclass(frozen=True)
class Opened:
    """What a program needs to read and write."""

    db: Database
    vault: Vault
    keys: Keyring


@asynccontextmanager
async def opened(of: Settings) -> AsyncIterator[Opened]:
    """The settings' database and its keys: brought up to date first, closed at the end."""
    db = Database(of.database_url)
    try:
        await upgrade(db)
        vault = Vault.open(of.data_dir, of.secret_key, of.old_secret_key)
        yield Opened(db, vault, Keyring(db, vault))
    finally:
        await db.dispose()
