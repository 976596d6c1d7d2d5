"""What must be so before the first request: schema, first user, what the settings name."""

from loom_app.auth.setup import ensure_first_user
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.migrate import upgrade
from loom_app.projects.service import ensure_configured as ensure_projects
from loom_app.providers.health import ensure_configured as ensure_provider


async def prepare(db: Database, vault: Vault, settings: Settings) -> None:
    """Brings the database to where this start needs it. Safe to repeat."""
    await upgrade(db)
    Keyring(db, vault)
    await ensure_first_user(db, settings)
    await ensure_projects(db, settings)
    await ensure_provider(db, vault, settings)
