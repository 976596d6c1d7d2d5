"""The description of the API, for tests that are made from it before there is a database."""

import functools
import tempfile
from pathlib import Path
from typing import Any

from loom_app.api.app import create_api
from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database


@functools.cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        described: dict[str, Any] = create_api(settings, Database(settings.database_url), Vault(b"x" * 32)).openapi()
        return described
