"""What activities work with, opened once per worker process."""

from dataclasses import dataclass

from temporalio.client import Client

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database


@dataclass(frozen=True)
class Deps:
    """Database, secrets, settings and Temporal's client."""

    db: Database
    vault: Vault
    settings: Settings
    client: Client
