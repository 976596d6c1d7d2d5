"""What the API gives of runs, turns and actions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from loom_app.kernel.money import dollars
from loom_app.kernel.rest import Body, Shown
from loom_app.providers.modelnames import same_model
from loom_app.runs.models import Nudge, Run, RunAction, Turn


class Tokens(BaseModel):
    """Tokens of a call or a run: `cached` is a part of `input`, `reasoning` a part of `output`."""

    input: int
    cached: int
    output: int
    reasoning: int

    @classmethod
    def of(cls, row: Any) -> "Tokens":
        """The tokens of a run's or a turn's row."""
        return cls(
            input=row.tokens_input, cached=row.tokens_cached, output=row.tokens_output, reasoning=row.tokens_reasoning
        )


class RunView(BaseModel):
    """A run. `cost_micros` is None when the model has no price; `cost` is the same for people."""

    id: str
    bead_id: str
    project_id: str
    agent_id: str
    provider_id: str
    model: str
    status: str
    terminal_reason: str
    message: str
    why: str
    persona_name: str
    persona_revision: int | None
    lessons: list[dict[str, str]] = Field(description="The lessons it was told of, each with id and title.")
    cancel_requested: bool
    pause_requested: bool = Field(description="It rests before its next turn, or is about to.")
    paused_at: datetime | None = Field(description="Since when it rests.")
    taken_by: str = Field(description="The person who took its work over, or is about to.")
    paired_with: str = Field(description="The person who leads it by talking with its agent; empty: it works alone.")
    turn_count: int
    branch: str
    base_commit: str
    commit_hash: str
    tokens: Tokens
    cost_micros: int | None
    cost: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    conversation_deleted_at: datetime | None = Field(description="What was said in it was deleted then.")

    @classmethod
    def of(cls, row: Any) -> "RunView":
        """The view of a row or a Run."""
        own = {name: getattr(row, name) for name in cls.model_fields if name not in ("tokens", "cost")}
        return cls(**own, tokens=Tokens.of(row), cost=dollars(row.cost_micros))


class ActionView(BaseModel):
    """One action of a turn: what was asked, what came of it."""

    position: int
    type: str
    parameters: dict[str, Any]
    status: str
    message: str
    metadata: dict[str, Any]
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, row: RunAction) -> "ActionView":
        """The view of an action."""
        own = {name: getattr(row, name) for name in cls.model_fields if name != "metadata"}
        return cls(**own, metadata=(row.result or {}).get("metadata") or {})


class TurnView(BaseModel):
    """One exchange with the model and its actions."""

    number: int
    system_prompt: str
    prompt: str
    reply: str | None
    fault: str
    notes: str
    model: str
    model_asked: str
    substituted: bool = Field(description="Another model answered than was asked.")
    format: str = Field(description="In which form it was asked for actions: tools, envelope or simple.")
    finish_reason: str
    shortfall: str
    tokens: Tokens
    tokens_estimated: bool
    cost_micros: int | None
    cost: str
    latency_ms: int | None
    first_token_ms: int | None
    dropped_turns: int = Field(description="Earlier turns a summary stood for, to fit the model's context.")
    shortened_turns: int = Field(description="Earlier turns whose long results were told in short.")
    prompt_cut: bool = Field(description="Whether even the task had to be cut.")
    prompt_limit: int | None = Field(description="Tokens the prompt was allowed; null before it was sent.")
    prompt_estimate: int | None = Field(description="Tokens it was thought to have.")
    diff: str = Field(description="What it changed, where a person talks with the agent.")
    created_at: datetime
    asked_at: datetime | None = Field(description="When its prompt was final and the model first asked.")
    replied_at: datetime | None
    actions: list[ActionView]

    @classmethod
    def of(cls, turn: Turn, actions: list[ActionView]) -> "TurnView":
        """The view of a turn."""
        made = {
            "tokens": Tokens.of(turn),
            "cost": dollars(turn.cost_micros),
            "substituted": not same_model(turn.model_asked, turn.model),
            "shortened_turns": turn.context.get("shortened", 0),
            "prompt_cut": turn.context.get("cut", False),
            "prompt_limit": turn.context.get("limit"),
            "prompt_estimate": turn.context.get("estimate"),
            "actions": actions,
        }
        own = {name: getattr(turn, name) for name in cls.model_fields if name not in made}
        return cls(**own, **made)


class NudgeView(Shown):
    """What a person said to a run. `heard_turn` is the turn of `heard_run_id` it was told in, 0 while it waits."""

    model_config = ConfigDict(from_attributes=True)
    id: str
    run_id: str
    author: str
    author_name: str
    text: str
    heard_run_id: str
    heard_turn: int
    created_at: datetime


class RunDetail(RunView):
    """A run with its turns, what people said to it, and its whole diff."""

    diff: str
    turns: list[TurnView]
    nudges: list[NudgeView]

    @classmethod
    def whole(
        cls, run: Run, turns: list[Turn], actions: Mapping[int, list[ActionView]], nudges: Sequence[Nudge]
    ) -> "RunDetail":
        """The run with everything that was said and done."""
        told = [TurnView.of(turn, actions.get(turn.number, [])) for turn in turns]
        heard = [NudgeView.model_validate(nudge) for nudge in nudges]
        return cls(**RunView.of(run).model_dump(), diff=run.diff, turns=told, nudges=heard)


class NudgeDraft(Body):
    """What the model is told in its next turn."""

    text: str = Field(min_length=1, max_length=8_000)

    @field_validator("text")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must say something")
        return value.strip()


class GiveBack(Body):
    """What the agent that goes on is told of what was done meanwhile."""

    note: str = Field(default="", max_length=2_000)


class ClaimRequest(Body):
    """For whom a bead is claimed: an agent of its project, or empty for the one who asks."""

    agent_id: str = Field(default="", max_length=200)


class ClaimView(BaseModel):
    """A claim that succeeded; whoever holds it writes under `token`."""

    status: str = "claimed"
    bead_id: str
    holder: str
    token: int
    expires_at: datetime


class MessageView(Shown):
    """One message of a conversation."""

    role: str
    content: str
    timestamp: datetime
    token_count: int


class EntityMetadata(Shown):
    """The form the conversation is kept in, and what else is known of it."""

    schema_version: str
    attributes: dict[str, Any]


class ConversationHead(Shown):
    """What is told of a conversation besides its messages. `session_id` is its run, null where there was none."""

    session_id: str | None
    bead_id: str
    project_id: str
    created_at: datetime | None
    updated_at: datetime | None
    expires_at: datetime | None = Field(description="Null: kept until somebody deletes it.")
    token_count: int
    metadata: dict[str, str] = Field(description="agent_id, provider_id, model and status of its run.")
    entity_metadata: EntityMetadata


class ConversationView(ConversationHead):
    """A conversation with everything that was said."""

    messages: list[MessageView]


class ConversationSummary(ConversationHead):
    """A conversation in a list. `turns` is how many exchanges it has."""

    turns: int


class Conversations(Shown):
    """The newest conversations of a project."""

    project_id: str
    limit: int
    conversations: list[ConversationSummary]


class Reset(Body):
    """Whether the system's message stays when a conversation is reset."""

    keep_system_message: bool = False
