"""The stage of motivations."""

import pytest

from loom_app.config import Settings
from loom_app.kernel.database import Database
from tests.motivations.stage import Stage


@pytest.fixture
def stage(db: Database, settings: Settings) -> Stage:
    """A database, and looks at it."""
    return Stage(db, settings)
