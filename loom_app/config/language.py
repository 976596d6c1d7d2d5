"""How much agents may start with the <temporal> language."""

from pydantic import Field

from loom_app.kernel.settings import Section


class TemporalLanguage(Section):
    """The bounds of the language; off, blocks are still taken out of what agents say, and nothing of them is done."""

    enabled: bool = True
    most_per_reply: int = Field(10, ge=1, le=100)
    """How many instructions of one reply or persona are carried out."""
    most_per_hour: int = Field(60, ge=1)
    """How many an agent may have carried out within an hour."""
    most_schedules: int = Field(10, ge=0)
    """How many schedules one agent may have."""
    most_schedules_per_project: int = Field(50, ge=0)
    most_depth: int = Field(3, ge=1)
    """How many times work that was started so may start work so again."""
    least_interval_seconds: float = Field(60, ge=1)
    """The shortest time between two firings of a schedule."""
    most_seconds: float = Field(3_600, ge=1)
    """How long one workflow or activity may work."""
    wait_seconds: float = Field(60, ge=1)
    """How long a turn waits for the result of a workflow at the most."""
    keep_days: int = Field(90, ge=1)
    """How long what was done is kept."""
