"""Databases that tests open themselves, with the keys that writing takes."""

from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring

VAULT = Vault(b"a master key for tests alone, long enough")


def opened(url: str, vault: Vault = VAULT) -> Database:
    """The database at `url`; the caller disposes of it."""
    db = Database(url)
    Keyring(db, vault)
    return db


def beside(db: Database, vault: Vault) -> Database:
    """`db` as another process with the same master key opens it."""
    return opened(db.url.render_as_string(hide_password=False), vault)
