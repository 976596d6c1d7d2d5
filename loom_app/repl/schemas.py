"""What the API takes and gives of questions to Loom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from loom_app.kernel.bodies import Body
from loom_app.kernel.clock import now
from loom_app.kernel.money import dollars
from loom_app.repl.models import Exchange, Proposal, ProposalStatus

LONGEST = 8_000
Message = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False, description="How long the answer may take.")]


class Question(Body):
    """A question, a task for an agent as `agent: task`, or a change that is wanted."""

    message: Message
    timeout_sec: Seconds = 120.0
    project_id: Annotated[str, StringConstraints(max_length=200)] = ""
    """The project a task is for, where its agent's name does not tell."""


class LinkView(BaseModel):
    """A page the answer speaks of."""

    label: str
    href: str


class ProposalView(BaseModel):
    """A change that waits for a person's word."""

    id: str
    kind: str
    title: str = Field(description="Markdown.")
    effects: list[str] = Field(description="What will happen, markdown.")
    parameters: dict[str, Any]
    status: str = Field(description="open, done, dismissed, stale or expired.")
    result: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Proposal) -> "ProposalView":
        """The view of a row."""
        own = {name: getattr(row, name) for name in cls.model_fields}
        expired = row.status == ProposalStatus.OPEN and now() >= row.expires_at
        return cls(**own | ({"status": "expired"} if expired else {}))


class AnswerView(BaseModel):
    """A question and its answer."""

    id: str
    at: datetime
    message: str
    response: str = Field(description="Markdown with links to Loom's pages.")
    answered: str = Field(description="How: by a model, from the data, by starting work, or by a proposal.")
    notice: str = Field(description="Why it was not answered by a model, where one was wanted.")
    bead_id: str = Field(description="The bead that was filed for it, if any.")
    provider_id: str
    provider_name: str
    model: str
    tokens_used: int
    cost_micros: int | None = Field(description="null where a model has no price.")
    cost: str
    latency_ms: int
    links: list[LinkView]
    suggestions: list[str]
    proposals: list[ProposalView]

    @classmethod
    def of(cls, row: Exchange, proposals: Sequence[Proposal]) -> "AnswerView":
        """The view of a row with what was proposed in it."""
        named = ("links", "proposals", "tokens_used", "cost")
        own = {name: getattr(row, name) for name in cls.model_fields if name not in named}
        return cls(
            **own, tokens_used=row.tokens_input + row.tokens_output, cost=dollars(row.cost_micros),
            links=[LinkView(**link) for link in row.links],
            proposals=[ProposalView.of(one) for one in proposals if one.exchange_id == row.id],
        )  # fmt: skip


class History(BaseModel):
    """What somebody asked, the newest first."""

    exchanges: list[AnswerView]
    total: int
