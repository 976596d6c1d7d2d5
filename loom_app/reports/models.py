"""The table of errors that were reported."""

from sqlmodel import Field, SQLModel


class ReportedError(SQLModel, table=True):
    """Which bead of a project an error is filed as; `fingerprint` (fingerprint.of) is the same for each occurrence."""

    __tablename__ = "reported_errors"

    project_id: str = Field(primary_key=True, foreign_key="projects.id", ondelete="CASCADE")
    fingerprint: str = Field(primary_key=True)
    bead_id: str = Field(foreign_key="beads.id", ondelete="CASCADE", index=True)
