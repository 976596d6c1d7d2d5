"""The projects that config.yaml names: made when they are not there yet, and kept to the file where nobody else has
changed them."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from loom_app.kernel.faults import in_words
from loom_app.projects import repository, service
from loom_app.projects.models import Project
from loom_app.projects.schemas import ProjectChange, ProjectDraft

Making = Callable[..., Awaitable[Project]]
"""What makes a project, as `service.create` does."""
KEPT = "configured"
"""The attribute in which a project remembers what the file said of it last."""


async def ensure_configured(db: Database, settings: Settings, make: Making = service.create) -> None:
    """Brings the projects to what config.yaml says, those that are not there yet by `make`. Raises Invalid for one that
    cannot be.

    A field that was changed in Loom since the file was last read stays as it is there, until the file says something
    new of it. A project that the file names no more stays.
    """
    for place, entry in enumerate(settings.projects):
        draft = _checked(place, entry)
        async with db.write() as tx:
            await _ensure(tx, draft, settings, make)


async def _ensure(tx: AsyncSession, draft: ProjectDraft, settings: Settings, make: Making) -> None:
    project = await repository.get(tx, draft.id or service.plain_id(draft.name))
    said = draft.model_dump(mode="json", exclude_unset=True, exclude={"id"})
    if project is None:
        project = await make(tx, draft, settings=settings, actor=SYSTEM)
    else:
        await _follow(tx, project, said)
    project.attributes = {**project.attributes, KEPT: said}


async def _follow(tx: AsyncSession, project: Project, said: dict[str, Any]) -> None:
    """Applies what the file says anew, where it said something before; else what is there was chosen in Loom."""
    before = project.attributes.get(KEPT)
    if not isinstance(before, dict):
        return
    fresh = {name: value for name, value in said.items() if before.get(name) != value}
    if fresh:
        await service.update(tx, project.id, ProjectChange.model_validate(fresh), actor=SYSTEM)


def _checked(place: int, entry: dict[str, Any]) -> ProjectDraft:
    called = f"projects[{place}] ({entry.get('id') or entry.get('name') or 'without a name'})"
    try:
        return ProjectDraft.model_validate(entry)
    except Invalid as error:
        raise Invalid(f"{called}: {error.message}", code="bad_settings") from error
    except ValidationError as error:
        raise Invalid(f"{called}: {in_words(error)}.", code="bad_settings") from error
