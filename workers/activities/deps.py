"""What activities work with, opened once per worker process."""

from dataclasses import dataclass

from temporalio.client import Client

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from workers.starting import Starts


@dataclass(frozen=True)
class Deps:
    """Database, secrets, settings, Temporal's client and what starts workflows with it."""

    db: Database
    vault: Vault
    settings: Settings
    client: Client
    starts: Starts
