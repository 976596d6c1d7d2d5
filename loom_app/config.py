"""What can be set, by config.yaml and LOOM_SECTION__KEY variables."""

import os
import re
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from loom_app.kernel.settings import Section, read

ASYNC_DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}
"""The drivers that plain addresses of databases stand for."""
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
NAME = r"(?:[a-z0-9_](?:[a-z0-9._-]{0,252}[a-z0-9_])?|\[[0-9a-f:.]+\])"
ORIGIN = rf"https?://{NAME}(?::\d{{1,5}})?"


class Api(Section):
    """Where the web process listens and which origins may talk to it."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    public_url: str = ""
    """The address people use when it is not http://host:port, such as https://loom.example."""
    allowed_origins: list[str] = Field(default_factory=list)
    allowed_hosts: list[str] = Field(default_factory=list)
    """Names people may call this machine by, besides loopback, `host` and the name in `public_url`."""
    trusted_proxies: list[str] = Field(default_factory=list)
    """Addresses and networks whose X-Forwarded-For is believed."""

    @field_validator("public_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not re.fullmatch(rf"{ORIGIN}/?", url, re.IGNORECASE):
            raise ValueError("must read like https://loom.example, with nothing after the name and port")
        return url.lower().rstrip("/")

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not re.fullmatch(ORIGIN, origin):
                raise ValueError(f"{origin!r} is not one exact origin such as https://board.example:8443")
        return origins

    @field_validator("allowed_hosts")
    @classmethod
    def _plain_names(cls, hosts: list[str]) -> list[str]:
        for host in hosts:
            if not re.fullmatch(NAME, host, re.IGNORECASE):
                raise ValueError(f"{host!r} is not one name or address without scheme and port, such as loom.lan")
        return [host.lower() for host in hosts]

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: list[str]) -> list[str]:
        for proxy in proxies:
            ip_network(proxy)
        return proxies


class Limits(Section):
    """How much one caller may ask for in a minute, by class of request; 0 sets no limit.

    A caller is a signed-in user or one API key. All callers of one address together, and all keys and sessions of
    one user together, may do `together` times as much.
    """

    credentials: int = Field(30, ge=0)
    """Signing in and everything else that takes or gives a password, a code, a link or a key."""
    writes: int = Field(3_000, ge=0)
    reads: int = Field(12_000, ge=0)
    transfers: int = Field(60, ge=0)
    """Imports and exports."""
    reports: int = Field(30, ge=0)
    """Errors that programs and pages report by themselves."""
    streams: int = Field(60, ge=0)
    """Event streams opened."""
    together: int = Field(4, ge=1)
    streams_per_user: int = Field(5, ge=1)
    """Event streams of one user open at the same time."""
    sockets_per_address: int = Field(200, ge=1)
    """Live sockets of pages open at the same time."""


class DatabaseSettings(Section):
    """Where state is kept. `url` wins over `path`; empty means loom.db in the data directory."""

    path: str = ""
    url: str = ""

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        scheme = url.partition(":")[0]
        if url and scheme.partition("+")[0] not in ASYNC_DRIVERS:
            raise ValueError(f"begins with {scheme}; Loom keeps its state in sqlite:// or postgresql://")
        return url


class Temporal(Section):
    """The Temporal server. An empty `address` means the embedded one; a `host` with a port is an address."""

    enabled: bool = True
    address: str = ""
    host: str = "127.0.0.1"
    port: int = Field(7233, ge=1, le=65535)
    ui_port: int = Field(8088, ge=1, le=65535)
    namespace: str = "loom-default"
    task_queue: str = "loom-tasks"

    @field_validator("enabled")
    @classmethod
    def _always(cls, enabled: bool) -> bool:
        if not enabled:
            raise ValueError("Loom does nothing without Temporal; leave this out and it starts its own")
        return enabled

    @model_validator(mode="before")
    @classmethod
    def _address_in_host(cls, given: Any) -> Any:
        if isinstance(given, dict) and re.search(r"[^:]:\d+$", str(given.get("host", ""))):
            return {"address": given["host"], **{key: value for key, value in given.items() if key != "host"}}
        return given

    @property
    def target(self) -> str:
        """host:port to connect to."""
        return self.address or f"{self.host}:{self.port}"


class ProviderSettings(Section):
    """A provider registered at start, any OpenAI-compatible endpoint. Prices are dollars per million tokens."""

    url: str = ""
    model: str = ""
    api_key: str = Field("", repr=False)
    action_format: Literal["", "auto", "tools", "envelope", "simple"] = ""
    """How the model is asked for actions; empty leaves it as it is on the page."""
    price_input: float | None = Field(None, ge=0)
    price_cached_input: float | None = Field(None, ge=0)
    price_output: float | None = Field(None, ge=0)
    heartbeat_seconds: float = Field(30, gt=0)


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


class BudgetSettings(Section):
    """Ceilings that hold where nobody set others, in dollars, null for none; `total` is for the life of a bead.

    Days and months begin at midnight in `time_zone`.
    """

    time_zone: str = "UTC"
    alert_percent: int = Field(80, ge=1, le=100)
    """From how much of a limit on people are warned."""
    allow_unpriced: bool = True
    """Whether these ceilings let models without a price be called, whose cost nobody knows."""
    system_daily: float | None = Field(100, ge=0, le=10**9)
    system_monthly: float | None = Field(2000, ge=0, le=10**9)
    project_daily: float | None = Field(None, ge=0, le=10**9)
    project_monthly: float | None = Field(None, ge=0, le=10**9)
    agent_daily: float | None = Field(None, ge=0, le=10**9)
    user_daily: float | None = Field(None, ge=0, le=10**9)
    bead_total: float | None = Field(None, ge=0, le=10**9)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone; name one such as Europe/Berlin or UTC") from error
        return name


class Agents(Section):
    """The team that a new project begins with.

    `corp_profile` is standard (the required positions, and four who do the work), solo (CEO and engineering manager),
    startup (those and a web designer), full (one for every position) or none.
    """

    corp_profile: Literal["standard", "startup", "solo", "full", "none"] = "standard"
    allowed_roles: list[str] = Field(default_factory=list)
    """Roles that alone get an agent; empty for all that the profile means."""


class Readiness(Section):
    """What happens to a project whose repository is not in order: `warn` dispatches all the same, `block` waits."""

    mode: Literal["warn", "block"] = "warn"


class BeadFiles(Section):
    """How the bead files of projects' repositories are followed."""

    fetch_seconds: float = Field(30, ge=1)
    """How often an origin is asked for news; after a failure ever later, up to ten minutes."""


class Git(Section):
    """What runs may commit."""

    max_file_mb: float = Field(50, gt=0)
    """The largest file, in MiB."""


class GitHubSites(Section):
    """Which GitHubs there are beside github.com, and how often their pull requests are looked at."""

    enterprise: list[str] = Field(default_factory=list)
    """Addresses of the API of GitHub Enterprise Servers, such as https://git.example.com/api/v3."""
    poll_seconds: float = Field(60, ge=1)
    """How often an open pull request is asked for news; one where nothing happens ever less, down to every 15 min."""

    @field_validator("enterprise")
    @classmethod
    def _addresses(cls, addresses: list[str]) -> list[str]:
        for address in addresses:
            if not re.fullmatch(rf"{ORIGIN}(/[\w.-]+)*/?", address, re.IGNORECASE):
                raise ValueError(f"{address!r} is not an address such as https://git.example.com/api/v3")
            if address.lower().startswith("http:") and not _is_loopback(_host(address)):
                raise ValueError(f"{address!r} is not encrypted, and tokens are sent there; use https://")
        return [address.rstrip("/") for address in addresses]


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
    commands: CommandSettings = CommandSettings()


class Log(Section):
    """What is written to the logs."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"


class Auth(Section):
    """Whether people sign in. Off is for development: then whoever reaches the API or the pages is an administrator."""

    enabled: bool = True


class Settings(Section):
    """Everything that can be set."""

    data_dir: Path = Path("data")
    personas_dir: str = ""
    """The folder of personas, <group>/<role>/SKILL.md; empty for the one that comes with Loom."""
    demo: bool = False
    api: Api = Api()
    auth: Auth = Auth()
    limits: Limits = Limits()
    database: DatabaseSettings = DatabaseSettings()
    temporal: Temporal = Temporal()
    provider: ProviderSettings = ProviderSettings()
    runs: Runs = Runs()
    dispatch: Dispatch = Dispatch()
    budgets: BudgetSettings = BudgetSettings()
    agents: Agents = Agents()
    readiness: Readiness = Readiness()
    bead_files: BeadFiles = BeadFiles()
    git: Git = Git()
    github: GitHubSites = GitHubSites()
    sandbox: Sandbox = Sandbox()
    log: Log = Log()
    projects: list[dict[str, Any]] = Field(default_factory=list)
    """Projects made at start when absent: id, name, git_repo, branch, beads_path and what else a project takes."""

    @model_validator(mode="after")
    def _open_only_to_this_machine(self) -> "Settings":
        if not self.auth.enabled:
            self._check_local()
        return self

    def _check_local(self) -> None:
        """Raises ValueError where others than this machine could reach a Loom that asks nobody to sign in."""
        names = {"host": {self.api.host, *self.hosts}, "allowed_origins": {*map(_host, self.api.allowed_origins)}}
        foreign = [setting for setting, of in names.items() if not all(map(_is_loopback, of))]
        foreign += ["trusted_proxies"] if self.api.trusted_proxies else []
        if foreign:
            raise ValueError(
                "auth.enabled is false, which is for development on one machine: everybody would be an administrator. "
                f"api.{foreign[0]} lets others in; leave it out, with public_url and allowed_hosts, or leave auth on"
            )

    @property
    def database_url(self) -> str:
        """SQLAlchemy's address of the database, with its async driver."""
        url = self.database.url
        if url:
            driver, _, rest = url.partition("://")
            return f"{ASYNC_DRIVERS.get(driver, driver)}://{rest}"
        return f"sqlite+aiosqlite:///{Path(self.database.path or self.data_dir / 'loom.db').absolute()}"

    @property
    def base_url(self) -> str:
        """The address people open."""
        shown = "127.0.0.1" if self.listens_everywhere else self.api.host
        return self.api.public_url.rstrip("/") or f"http://{shown}:{self.api.port}"

    @property
    def is_https(self) -> bool:
        """Whether people reach Loom encrypted."""
        return self.base_url.startswith("https://")

    @property
    def origins(self) -> list[str]:
        """The origins our own pages come from; a socket or a cookie-bearing write from any other is refused."""
        local = [f"http://{name}:{self.api.port}" for name in ("127.0.0.1", "localhost", "[::1]")]
        return sorted({self.base_url, *local, *self.api.allowed_origins})

    @property
    def hosts(self) -> frozenset[str]:
        """The names and addresses, without ports, that requests may call this machine by."""
        named = {urlsplit(self.base_url).hostname or "", self.api.host.lower()}
        literal = {f"[{name}]" if ":" in name else name for name in named if name}
        return frozenset({"127.0.0.1", "localhost", "[::1]", *literal, *self.api.allowed_hosts})

    @property
    def listens_everywhere(self) -> bool:
        """Whether the web process listens on all addresses of the machine, whichever they are."""
        return self.api.host in EVERYWHERE

    @property
    def admin_password(self) -> str:
        """LOOM_ADMIN_PASSWORD: the password of the first user `admin`, or empty."""
        return os.environ.get("LOOM_ADMIN_PASSWORD", "")

    @property
    def secret_key(self) -> str:
        """LOOM_SECRET_KEY: the master key for secrets at rest, or empty for the key file."""
        return os.environ.get("LOOM_SECRET_KEY", "")

    @property
    def old_secret_key(self) -> str:
        """LOOM_SECRET_KEY_OLD: the master key before the present one, while stored secrets move to that; or empty."""
        return os.environ.get("LOOM_SECRET_KEY_OLD", "")


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _is_loopback(name: str) -> bool:
    """Whether only this machine is called so."""
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return load(os.environ)


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from the file LOOM_CONFIG names (default config.yaml where present) and LOOM_* variables, which win.

    Raises Invalid with every fault named.
    """
    loaded = read(Settings, environ)
    return loaded.model_copy(update={"data_dir": loaded.data_dir.expanduser().absolute()})
