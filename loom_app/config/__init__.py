"""What can be set, by config.yaml and LOOM_SECTION__KEY variables."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from loom_app.config.addresses import EVERYWHERE, host_of, is_loopback
from loom_app.config.hooks import Webhooks
from loom_app.config.language import TemporalLanguage
from loom_app.config.mail import Smtp, with_usual_names
from loom_app.config.repositories import BeadFiles, Git, GitHubSites, Readiness
from loom_app.config.serving import Api, Auth, Limits, Log
from loom_app.config.spending import BudgetSettings, ProviderSettings
from loom_app.config.storage import ASYNC_DRIVERS, DatabaseSettings, Temporal
from loom_app.config.upkeep import Backups, Retention
from loom_app.config.working import (
    Agents,
    CommandSettings,
    Course,
    Dispatch,
    IdleSettings,
    MotivationSettings,
    Runs,
    Sandbox,
)
from loom_app.kernel.settings import Section, read

__all__ = [
    "Agents",
    "Api",
    "Auth",
    "Backups",
    "BeadFiles",
    "BudgetSettings",
    "CommandSettings",
    "Course",
    "DatabaseSettings",
    "Dispatch",
    "Git",
    "GitHubSites",
    "IdleSettings",
    "Limits",
    "Log",
    "MotivationSettings",
    "ProviderSettings",
    "Readiness",
    "Retention",
    "Runs",
    "Sandbox",
    "Settings",
    "Smtp",
    "Temporal",
    "TemporalLanguage",
    "Webhooks",
    "load",
    "settings",
]


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
    temporal_language: TemporalLanguage = TemporalLanguage()
    provider: ProviderSettings = ProviderSettings()
    runs: Runs = Runs()
    dispatch: Dispatch = Dispatch()
    motivations: MotivationSettings = MotivationSettings()
    idle: IdleSettings = IdleSettings()
    budgets: BudgetSettings = BudgetSettings()
    agents: Agents = Agents()
    readiness: Readiness = Readiness()
    bead_files: BeadFiles = BeadFiles()
    git: Git = Git()
    github: GitHubSites = GitHubSites()
    sandbox: Sandbox = Sandbox()
    backups: Backups = Backups()
    retention: Retention = Retention()
    webhooks: Webhooks = Webhooks()
    smtp: Smtp = Smtp()
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
        names = {"host": {self.api.host, *self.hosts}, "allowed_origins": {*map(host_of, self.api.allowed_origins)}}
        foreign = [setting for setting, of in names.items() if not all(map(is_loopback, of))]
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


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return load(os.environ)


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from the file LOOM_CONFIG names (default config.yaml where present) and LOOM_* variables, which win.

    Raises Invalid with every fault named.
    """
    loaded = read(Settings, with_usual_names(environ))
    return loaded.model_copy(update={"data_dir": loaded.data_dir.expanduser().absolute()})
