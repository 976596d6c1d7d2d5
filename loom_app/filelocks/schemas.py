"""What the API takes and gives of file locks."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loom_app.kernel.rest import Body

Reference = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class LockDraft(Body):
    """A path of a project to be locked; a lock of one's own is renewed."""

    file_path: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    project_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    agent_id: Reference = Field("", description="An agent of the project, or empty for the one who asks.")
    bead_id: Reference = Field("", description="The bead that the file is changed for.")


class LockView(BaseModel):
    """Who holds a path. `agent_id` may be a person's id."""

    model_config = ConfigDict(from_attributes=True)

    file_path: str
    project_id: str
    agent_id: str
    bead_id: str
    locked_at: datetime
    expires_at: datetime
