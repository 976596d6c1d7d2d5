"""What an evaluation says of one motivation in one project."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """Whether it would fire now, why or why not in a sentence, what that rests on, and when it will by the calendar."""

    would_fire: bool
    why: str
    evidence: dict[str, Any] = field(default_factory=dict)
    cause: str = ""
    project_id: str = ""
    next_trigger_at: datetime | None = None
