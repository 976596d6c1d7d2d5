"""The tables of saved views."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime


class BoardView(SQLModel, table=True):
    """A way to look at the board, under a name. Its owner alone sees it unless it is shared."""

    __tablename__ = "board_views"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: str = Field(primary_key=True)
    owner_id: str
    """A user, or whoever acts where signing in is switched off."""
    owner: str
    """The owner's name."""
    project_id: str | None = Field(default=None, foreign_key="projects.id", ondelete="CASCADE", index=True)
    """The project whose board it shows; None for the board of all."""
    name: str
    query: str = ""
    """What follows the `?` in the board's address."""
    shared: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)


class DefaultView(SQLModel, table=True):
    """The view somebody's board of one project opens with. An empty `project_id` is the board of all projects."""

    __tablename__ = "board_default_views"

    user_id: str = Field(primary_key=True)
    project_id: str = Field(primary_key=True)
    view_id: str = Field(foreign_key="board_views.id", ondelete="CASCADE", index=True)
