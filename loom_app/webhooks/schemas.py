"""What the API takes and gives of what GitHub tells. A secret is shown once, when it is made."""

import json
import zlib
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from loom_app.kernel.rest import Body, Shown
from loom_app.webhooks.models import Delivery, Issues, OnClose

MOST_SHOWN = 100_000


class HeardEvent(Shown):
    """A delivery as it was understood; `processed` once it was worked on."""

    id: str
    type: str
    source: Literal["github"] = "github"
    repository: str
    action: str
    data: dict[str, Any]
    received_at: datetime
    processed: bool


class Answer(Shown):
    """What becomes of a delivery: `received`, `already received`, or `ignored` for events Loom has no use for."""

    status: Literal["received", "already received", "ignored"]
    event: HeardEvent | None = None


class SecretView(BaseModel):
    """A secret, without its text; `used_at` is when GitHub was first seen to sign with it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    project_id: str | None
    made_by: str
    created_at: datetime
    used_at: datetime | None


class NewSecret(SecretView):
    """A secret that was just made: the only time its text is shown."""

    secret: str


class RulesBody(Body):
    """What a project makes of issues: whose become beads, and whether closing one on GitHub closes its bead."""

    issues: Issues = "all"
    on_close: OnClose = "close"


class RulesView(BaseModel):
    """What a project makes of issues."""

    model_config = ConfigDict(from_attributes=True)

    issues: Issues
    on_close: OnClose


class DeliveryView(Shown):
    """A delivery; `problem` says why it is failed or unmatched."""

    id: str
    event: str
    action: str
    repository: str
    number: int | None
    title: str
    url: str
    author: str
    project_id: str | None
    bead_id: str
    status: str
    problem: str
    attempts: int
    size: int
    received_at: datetime
    done_at: datetime | None

    @classmethod
    def of(cls, row: Delivery) -> "DeliveryView":
        """The view of a delivery."""
        kept = row.model_dump(include=set(cls.model_fields) - set(row.told))
        return cls(**kept, **row.told)


class DeliveryDetail(DeliveryView):
    """A delivery with what GitHub sent, at most 100,000 characters of it."""

    payload: str
    cut: bool

    @classmethod
    def of(cls, row: Delivery) -> "DeliveryDetail":
        """The view with the payload."""
        shown = json.dumps(json.loads(zlib.decompress(row.body)), indent=2, ensure_ascii=True)
        brief = DeliveryView.of(row).model_dump()
        return cls(**brief, payload=shown[:MOST_SHOWN], cut=len(shown) > MOST_SHOWN)


class StatusView(Shown):
    """How the webhook of GitHub stands, as far as the asker sees."""

    enabled: bool = Field(description="Whether there is any secret, without which nothing is believed.")
    url: str = Field(description="What to enter at GitHub as the payload URL.")
    events: list[str] = Field(description="GitHub's events that Loom has a use for.")
    has_system_secret: bool
    deliveries: dict[str, int] = Field(description="How many of the last seven days, by status.")
    last_received_at: datetime | None
