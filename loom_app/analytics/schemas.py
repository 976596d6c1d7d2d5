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


class Figures(Shown):
    """What some calls come to. Cached tokens are part of the input, those of reasoning part of the output."""

    requests: int
    failed: int
    unpriced: int
    tokens_input: int
    tokens_cached: int
    tokens_output: int
    tokens_reasoning: int
    tokens: int
    cost_micros: int
    latency_ms: float = Field(description="The mean of those that were answered.")
    error_rate: float


class Part(Figures):
    """The figures of one provider, user, project, agent or model."""

    whose: str
    name: str


class Series(Shown):
    """The figures of one of them, or of the rest, for each of the periods."""

    whose: str | None = Field(description="None for all that are not shown by themselves.")
    name: str
    requests: list[int]
    failed: list[int]
    cost_micros: list[int]
    tokens_input: list[int]
    tokens_cached: list[int]
    tokens_output: list[int]
    tokens_reasoning: list[int]


class Latency(Shown):
    """Milliseconds below which half, 95 and 99 of a hundred answers came, to within 26 %; None without answers."""

    p50: float | None
    p95: float | None
    p99: float | None


class Dashboard(Shown):
    """One span of time in figures."""

    time_range: TimeRange
    grain: str = Field(description="`minute`, `hour` or `day`, in UTC: how long a period is.")
    by: str
    total: Figures
    before: Figures | None = Field(description="Of as long a time before.")
    periods: list[datetime] = Field(description="Where each of them begins.")
    series: list[Series]
    parts: dict[str, list[Part]] = Field(description="By provider, user, project, agent and model; the dearest first.")
    latency: list[Latency] = Field(description="Of each period.")
    overall: Latency
    hours: list[int] = Field(description="Calls by hour of the week in UTC, from Monday midnight on: 168 numbers.")
