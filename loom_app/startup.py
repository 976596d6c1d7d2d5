"""What must be so before the first request: schema, first user, what the settings name."""

from sqlalchemy.exc import SQLAlchemyError

from loom_app.auth.setup import ensure_first_user
from loom_app.config import Settings
from loom_app.kernel import sealed
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.log import get_logger
from loom_app.kernel.migrate import upgrade
from loom_app.ledger import service as ledger
from loom_app.ledger.orders import Payer
from loom_app.lifecycle.founding import found
from loom_app.motivations.registering import ensure_defaults as ensure_motivations
from loom_app.projects.configured import ensure_configured as ensure_projects
from loom_app.providers.health import ensure_configured as ensure_provider

log = get_logger(__name__)

MOST_NAMED = 20


async def prepare(db: Database, vault: Vault, settings: Settings) -> None:
    """Brings the database to where this start needs it. Safe to repeat."""
    await upgrade(db)
    Keyring(db, vault)
    await ensure_first_user(db, settings)
    await ensure_projects(db, settings, make=found)
    await ensure_provider(db, vault, settings)
    await ensure_motivations(db)
    async with db.write() as tx:
        await ledger.lines_of(tx, Payer(), settings.budgets)


async def tell_locked(db: Database, vault: Vault) -> None:
    """Logs which stored secrets the present master key does not open. Loom serves all the same, without them."""
    try:
        async with db.read() as tx:
            found = await sealed.locked(tx, vault)
    except (OSError, SQLAlchemyError) as error:
        log.warning("stored secrets were not looked at", error=str(error))
        return
    if found:
        log.error(
            "some stored secrets cannot be opened. Start Loom with the key they were saved with (secret.key, "
            "LOOM_SECRET_KEY or LOOM_SECRET_KEY_OLD), or enter them again; `loom secrets check` names all of them",
            count=len(found),
            first=[f"{one.place} of {one.subject}" for one in found[:MOST_NAMED]],
        )
