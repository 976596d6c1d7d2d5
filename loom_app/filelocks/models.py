"""The table of file locks."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime


class FileLock(SQLModel, table=True):
    """Who holds a path of a project, a file or a folder with all that is in it. It keeps nobody from the file."""

    __tablename__ = "file_locks"
    __table_args__ = (Index("ix_file_locks_bead", "bead_id"),)

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    file_path: str = Field(primary_key=True)
    """Relative to the project's root, normalised (paths.normalised)."""
    agent_id: str
    """The agent or person who holds it."""
    bead_id: str = ""
    locked_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
