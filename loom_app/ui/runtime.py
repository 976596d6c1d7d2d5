"""What the pages of this process stand on; set once by the composition root before anything is served."""

from dataclasses import dataclass

from loom_app.config import Settings
from loom_app.events.tail import EventTail
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring


@dataclass(frozen=True)
class Runtime:
    """Database, secrets, keys, settings and the event tail of the web process."""

    db: Database
    vault: Vault
    keys: Keyring
    settings: Settings
    tail: EventTail


_running: list[Runtime] = []


def install(runtime: Runtime) -> None:
    """Makes `runtime` the one all pages use."""
    _running[:] = [runtime]


def runtime() -> Runtime:
    """What `install` was given. Raises LookupError before that."""
    if not _running:
        raise LookupError("the pages were used before the web process had set them up")
    return _running[0]
