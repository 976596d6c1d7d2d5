"""A new master key for every stored secret, so that a crash at any point loses none of them."""

from pathlib import Path

from loom_app.events.service import append
from loom_app.kernel import sealed
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.master_keys import KEY_FILE, KeyFile, checked, fresh
from loom_app.kernel.sealed import Resealed

HOW_TO = (
    "LOOM_SECRET_KEY is set, so its next value comes from you. Make one with `openssl rand -base64 32`, start Loom "
    "with it as LOOM_SECRET_KEY and with the present one as LOOM_SECRET_KEY_OLD, and run `loom secrets rotate` again "
    "with the same two."
)


async def rotate_file(db: Database, data_dir: Path, old_key: str = "") -> tuple[Resealed, str]:
    """Puts a new key in the place of those of the key file; what was sealed anew, and the new key's id.

    The file holds the new key and the earlier ones until everything is sealed with the new one. Raises Conflict while
    another rotation is at work, MasterKeyUnusable for a damaged file.
    """
    file = KeyFile(data_dir / KEY_FILE)
    before = file.read()
    with file.held():
        before = file.read()
        new = fresh()
        vault = Vault(new, *before, older=(old_key.encode(),) if old_key else ())
        file.write((new, *before))
        done = await _all_of_them(db, vault)
        file.write((new,))
        await _stragglers(db, vault, done)
    return done, vault.key_id


async def move_to_variable(db: Database, secret_key: str, old_key: str) -> tuple[Resealed, str]:
    """Seals everything with LOOM_SECRET_KEY that LOOM_SECRET_KEY_OLD opens. Raises Invalid without the latter."""
    if not old_key:
        raise Invalid(HOW_TO, code="old_secret_key_needed")
    vault = Vault(checked(secret_key), older=(old_key.encode(),))
    return await _all_of_them(db, vault), vault.key_id


async def _all_of_them(db: Database, vault: Vault) -> Resealed:
    Keyring(db, vault)
    async with db.write() as tx:
        done = await sealed.reseal(tx, vault)
        data = {"key_id": vault.key_id, "counts": dict(+done.counts), "unreadable": len(done.locked)}
        append(tx, "secret.rotated", actor=SYSTEM, subject_id=vault.key_id, data=data)
    await _stragglers(db, vault, done)
    db.sync()
    return done


async def _stragglers(db: Database, vault: Vault, done: Resealed) -> None:
    """Seals what a writer stored that had sealed it just before, until a whole look finds nothing more."""
    found = True
    while found:
        async with db.write() as tx:
            late = await sealed.reseal(tx, vault)
        done.counts += late.counts
        done.locked, found = late.locked, late.counts.total() > 0
