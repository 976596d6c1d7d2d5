"""What the API gives of calls to models. Costs in dollars are for reading; in micro-dollars they are exact."""

from datetime import datetime

from pydantic import Field

from loom_app.kernel.bodies import Shown


class RequestLog(Shown):
    """One call to a model that is over. What was said is not kept with it."""

    id: str
    timestamp: datetime
    user_id: str = Field(description="Who asked; `agent:` and an id where an agent asked on nobody's behalf.")
    method: str
    path: str = Field(description="What the call was for.")
    provider_id: str
    model_name: str
    prompt_tokens: int = Field(description="Cached ones among them.")
    completion_tokens: int = Field(description="Those of reasoning among them.")
    total_tokens: int
    latency_ms: int | None = Field(description="Until its answer was written down, waiting in line included.")
    status_code: int = Field(description="200 answered, 502 failed or let go, 504 nobody waited for it any more.")
    cost_usd: float | None = Field(description="None where the model had no price, and where nothing was billed.")
    error_message: str
    request_body: str = Field(description="Empty: bodies are not kept.")
    response_body: str = Field(description="Empty: bodies are not kept.")
    cost_micros: int | None
    cached_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    project_id: str
    agent_id: str
    bead_id: str
    run_id: str
    turn: int | None
    model_asked: str
    estimated: bool = Field(description="Loom counted the tokens, because the provider did not say.")
    provider_request_id: str


class TimeRange(Shown):
    """From `start` on, and before `end`."""

    start: datetime
    end: datetime


class LogStats(Shown):
    """What the calls come to. `error_rate` is the part of them, from 0 to 1, that no answer came to."""

    total_requests: int
    total_tokens: int
    total_cost_usd: float
    total_cost_micros: int
    unpriced_requests: int = Field(description="Answered by models without a price: their cost nobody knows.")
    avg_latency_ms: float
    error_rate: float
    requests_by_user: dict[str, int]
    requests_by_provider: dict[str, int]
    cost_by_provider: dict[str, float]
    cost_by_user: dict[str, float]
    tokens_by_provider: dict[str, int]
    tokens_by_user: dict[str, int]
    latency_by_provider: dict[str, float]
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    reasoning_tokens: int
    time_range: TimeRange


class Costs(Shown):
    """What the calls cost, by whom, where and for what."""

    total_cost_usd: float
    total_cost_micros: int
    unpriced_requests: int
    total_requests: int
    total_tokens: int
    cost_per_request: float
    cost_per_1k_tokens: float
    cost_by_provider: dict[str, float]
    cost_by_user: dict[str, float]
    cost_by_project: dict[str, float]
    cost_by_agent: dict[str, float]
    cost_by_model: dict[str, float]
    time_range: TimeRange


class Summary(Shown):
    """The sums of an exported report."""

    total_requests: int
    total_tokens: int
    total_cost_usd: float
    avg_latency_ms: float
    error_rate: float
    unpriced_requests: int
