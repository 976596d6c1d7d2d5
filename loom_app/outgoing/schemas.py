"""What the API takes and gives of webhooks that Loom sends. A secret is shown once, when it is made."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from loom_app.kernel.rest import Body
from loom_app.outgoing.models import Endpoint, Sending

Type = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_]{1,40}\.(\*|[a-z_]{1,60}))$")]
Types = Annotated[list[Type], Field(min_length=1, max_length=50)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class EndpointDraft(Body):
    """An address to be told of events; without `project_id` of all that its owner may read."""

    url: Url = Field(description="https, on port 443 or 8443, to an address of the world.")
    events: Types = Field(default_factory=lambda: ["*"], description="bead.completed, bead.* or *.")
    description: Words = ""
    project_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    enabled: bool = True


class EndpointChange(Body):
    """What of an endpoint is to change; what is left out stays."""

    url: Url | None = None
    events: Types | None = None
    description: Words | None = None
    enabled: bool | None = None


class EndpointView(BaseModel):
    """An endpoint, without its secret. `problem` says why Loom has switched it off."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    project_id: str | None
    owner: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    problem: str
    failures: int
    rest_until: datetime | None
    old_until: datetime | None
    last_delivered_at: datetime | None
    last_failed_at: datetime | None
    created_at: datetime
    may_change: bool

    @classmethod
    def of(cls, row: Endpoint, *, may_change: bool) -> "EndpointView":
        """The view of an endpoint."""
        return cls(**row.model_dump(include=set(cls.model_fields)), may_change=may_change)


class NewEndpoint(EndpointView):
    """An endpoint with its secret: the only time it is shown."""

    secret: str


class SendingView(BaseModel):
    """A message: `answer` is the status of the last answer, `problem` why it was not taken."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    endpoint_id: str
    event_type: str
    status: str
    attempts: int
    answer: int | None
    problem: str
    took_ms: int | None
    due_at: datetime | None
    created_at: datetime
    done_at: datetime | None

    @classmethod
    def of(cls, row: Sending) -> "SendingView":
        """The view of a message."""
        return cls.model_validate(row)


class SendingDetail(SendingView):
    """A message with what is sent."""

    body: str
