"""A project's own way to its repository: its credentials lent for one command, and what was seen on the way kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from loom_app.git.checkout import Checkout
from loom_app.git.places import Place, place_of
from loom_app.git.progress import Report
from loom_app.git.session import Credentials, Session, opened
from loom_app.gitaccess import service
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import vault_of
from loom_app.projects.models import Project


@dataclass(frozen=True)
class Reach:
    """Lends the credentials of one project."""

    db: Database
    project_id: str
    newest: bool = False
    """By the newest key alone, to learn whether that one works."""

    @asynccontextmanager
    async def session(self, address: str) -> AsyncIterator[Session]:
        """A way to `address`. Raises SecretUnreadable where the project's secrets do not open."""
        lent = await self._lent(place_of(address))
        session = Session()
        try:
            async with opened(lent, address) as session:
                yield session
        finally:
            await self._remember(session)

    async def _lent(self, place: Place) -> Credentials:
        if not place.host:
            return Credentials()
        vault = vault_of(self.db)
        async with self.db.read() as tx:
            lent = await service.credentials(tx, vault, self.project_id, place, newest=self.newest)
        if place.protocol != "ssh" or lent.keys or lent.machine:
            return lent
        async with self.db.write() as tx:
            await service.make_key(tx, vault, self.project_id, actor=SYSTEM)
            return await service.credentials(tx, vault, self.project_id, place)

    async def _remember(self, session: Session) -> None:
        if session.met or (session.wrote and session.key):
            async with self.db.write() as tx:
                await service.meet_hosts(tx, self.project_id, session.met)
                if session.wrote and session.key:
                    await service.note_key(tx, self.project_id, session.key)


def checkout_of(db: Database, project: Project, report: Report | None = None) -> Checkout:
    """The project's own copy of its repository; `report` hears how far a transfer is."""
    reach, protected = Reach(db, project.id), tuple(project.protected_branches)
    untested = project.beads_path if project.test_command else ""
    return Checkout(Path(project.work_dir), project.git_repo, project.branch, reach, report, protected, untested)
