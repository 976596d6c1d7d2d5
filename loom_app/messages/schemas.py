"""What the API gives of messages."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from loom_app.kernel.rest import Shown


class MessageView(Shown):
    """A message from one agent to another. `delivered_at` is when the other was told, null while it waits."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    id: str
    project_id: str
    bead_id: str
    run_id: str
    from_agent_id: str
    to_agent_id: str
    to_role: str
    type: str
    subject: str
    body: str
    payload: dict[str, Any]
    reply_to: str
    created_at: datetime
    delivered_run_id: str = Field(description="The run in which the other was told; empty while it waits.")
    delivered_turn: int
    delivered_bead_id: str
    delivered_at: datetime | None
