"""How agents work: the team, how work is given out, how a run and its commands are bounded."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from loom_app.kernel.settings import Section

PrivateHost = Annotated[str, StringConstraints(pattern=r"^(?:\*\.)?[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?:\d{1,5}$")]


class Agents(Section):
    """The team that a new project begins with.

    `corp_profile` is standard (the required positions, and four who do the work), solo (CEO and engineering manager),
    startup (those and a web designer), full (one for every position) or none.
    """

    corp_profile: Literal["standard", "startup", "solo", "full", "none"] = "standard"
    allowed_roles: list[str] = Field(default_factory=list)
    """Roles that alone get an agent; empty for all that the profile means."""


class Dispatch(Section):
    """How work is given out."""

    max_hops: int = Field(20, ge=1)
    tick_seconds: float = Field(5, gt=0)
    follow_events: bool = True
    """Off, only the clock drives dispatch; for finding out what the events are worth."""
    retry_seconds: float = Field(120, ge=0)
    """How long a bead rests after a run of it failed; twice as long after each further one."""
    retry_most_seconds: float = Field(3_600, ge=0)
    """The longest rest."""
    max_runs: int = Field(0, ge=0)
    """How many runs may be on at once in all; 0 sets no limit, here and below."""
    max_runs_per_project: int = Field(0, ge=0)
    """The same for each project; a project's own max_runs wins."""
    max_runs_per_role: int = Field(0, ge=0)
    """The same for each role in a project; a project's own role_limits win."""
    max_runs_per_provider: int = Field(0, ge=0)
    """The same for each provider; a provider's own max_runs wins."""


class MotivationSettings(Section):
    """How Loom acts by itself."""

    enabled: bool = True
    """Off, nothing fires but by hand."""
    tick_seconds: float = Field(30, gt=0)
    """How often conditions are looked at when no event asks for it sooner."""
    most_per_tick: int = Field(10, ge=1, le=1_000)
    """How many fire at once at most, by priority; the others are due at the next look."""


class IdleSettings(Section):
    """After how many minutes without activity something counts as idle."""

    system_minutes: float = Field(30, gt=0, le=100_000)
    project_minutes: float = Field(15, gt=0, le=100_000)
    agent_minutes: float = Field(5, gt=0, le=100_000)

    @property
    def system(self) -> timedelta:
        """For all of Loom."""
        return timedelta(minutes=self.system_minutes)

    @property
    def project(self) -> timedelta:
        """For a project."""
        return timedelta(minutes=self.project_minutes)

    @property
    def agent(self) -> timedelta:
        """For an agent."""
        return timedelta(minutes=self.agent_minutes)


class Runs(Section):
    """How one run of a bead is bounded."""

    max_turns: int = Field(20, ge=1, le=1000)
    lease_seconds: float = Field(30, gt=0)
    claim_seconds: float = Field(900, gt=0)
    """How long a claim made over the API holds."""
    max_output_tokens: int = Field(4096, ge=16)
    context_tokens: int = Field(100_000, ge=1_000)
    """How many tokens a prompt and its answer may have together; a model that takes less gets less."""
    turn_seconds: float = Field(600, gt=0)
    """How long one answer of the model may take."""


Course = Literal["run", "ask", "refuse"]


class CommandSettings(Section):
    """What becomes of a command by its risk: it runs, waits until people gave leave, or is refused."""

    low: Course = "run"
    medium: Course = "run"
    high: Course = "ask"
    unknown: Course = "ask"
    medium_without_walls: Course = "ask"
    """The same for medium risk where bubblewrap does not work."""
    allow: list[str] = Field(default_factory=list, max_length=200)
    """First words of commands that run in every project whatever their risk, such as npm ci; * stands for all."""
    refuse: list[str] = Field(default_factory=list, max_length=200)
    """The same for commands that are refused in every project; refusing wins."""


class Sandbox(Section):
    """Limits of the commands agents run."""

    require: bool = False
    """Refuse commands altogether where bubblewrap does not work."""
    wall_seconds: float = Field(300, gt=0)
    memory_mb: int = Field(2048, ge=64)
    processes: int = Field(256, ge=1)
    worktree_mb: int = Field(10_240, ge=64)
    """What a run may put into its worktree."""
    network: bool = True
    """Whether commands reach the hosts that their project lists; off, none has any network."""
    network_mb: int = Field(1024, ge=1)
    """What one command may send and receive in all."""
    private_hosts: list[PrivateHost] = Field(default_factory=list, max_length=100)
    """Of the hosts that projects list, those that may be in private networks, such as pypi.corp.example:443."""
    commands: CommandSettings = CommandSettings()
