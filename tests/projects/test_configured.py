"""Projects that config.yaml names."""

from typing import Any

from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.configured import ensure_configured
from loom_app.projects.models import Project
from loom_app.projects.schemas import ProjectChange


async def started(db: Database, settings: Settings, *entries: dict[str, Any]) -> dict[str, Project]:
    """The projects after a start with `entries` in the file."""
    await ensure_configured(db, settings.model_copy(update={"projects": list(entries)}))
    async with db.read() as tx:
        return {project.id: project for project in await projects.every(tx)}


async def test_a_file_is_followed_until_somebody_changes_what_it_said(db: Database, settings: Settings) -> None:
    entry = {"id": "kitchen", "name": "Kitchen", "test_command": "make", "is_sticky": True}
    assert (await started(db, settings, entry))["kitchen"].is_sticky
    async with db.write() as tx:
        await projects.update(tx, "kitchen", ProjectChange(name="Galley"), actor=SYSTEM)
    found = (await started(db, settings, {**entry, "test_command": "make test"}))["kitchen"]
    assert (found.name, found.test_command) == ("Galley", "make test")
    found = (await started(db, settings, {**entry, "name": "Bakery"}))["kitchen"]
    assert (found.name, found.test_command) == ("Bakery", "make"), "what the file says anew counts again"
    assert list(await started(db, settings)) == ["kitchen"], "named no more, it stays"


async def test_an_entry_without_an_id_is_made_once(db: Database, settings: Settings) -> None:
    for _ in range(2):
        assert list(await started(db, settings, {"name": "The Kitchen"})) == ["the-kitchen"]


async def test_a_closed_project_stays_closed_over_a_start(db: Database, settings: Settings) -> None:
    await started(db, settings, {"id": "kitchen", "name": "Kitchen"})
    async with db.write() as tx:
        await projects.update(tx, "kitchen", ProjectChange.model_validate({"status": "closed"}), actor=SYSTEM)
    assert (await started(db, settings, {"id": "kitchen", "name": "Kitchen"}))["kitchen"].status == "closed"
