"""What the API shows of readiness."""

from datetime import datetime

from pydantic import BaseModel

from loom_app.readiness.judging import Readiness, State


class ReasonView(BaseModel):
    """One thing that is amiss, with the way to mend it; `level` is `warn` or `block`."""

    code: str
    level: State
    message: str


class ReadinessView(BaseModel):
    """Whether a project is in order for work: `ready`, `warn` (work goes on) or `block` (it waits).

    `checked_at` is when its repository was last looked at as it is now set up, null until then.
    """

    project_id: str
    state: State
    reasons: list[ReasonView]
    checked_at: datetime | None

    @classmethod
    def of(cls, project_id: str, found: Readiness) -> "ReadinessView":
        """The view of a readiness."""
        reasons = [ReasonView(code=one.code, level=one.level, message=one.message) for one in found.reasons]
        return cls(project_id=project_id, state=found.state, reasons=reasons, checked_at=found.checked_at)
