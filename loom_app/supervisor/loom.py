"""The programs Loom consists of, from its settings."""

import shutil
import sys
import sysconfig
from pathlib import Path

from loom_app.config import Settings
from loom_app.kernel.errors import Unavailable
from loom_app.supervisor.program import SWITCH, Program
from loom_app.supervisor.readiness import answers

PYTHON = (sys.executable, "-m")
KEEP_CLOSED_WORKFLOWS = "720h"
FASTER = (
    # The defaults suit large clusters: few polls a second, timers rounded up to 1 s, new work overtaking old.
    "history.transferProcessorMaxPollRPS=200",
    "history.timerProcessorMaxPollRPS=200",
    'history.timerProcessorMaxTimeShift="50ms"',
    'matching.backlogNegligibleAge="200ms"',
)
SEARCH_ATTRIBUTES = ("LoomProjectId", "LoomBeadId", "LoomAgent", "LoomClock")
"""What Temporal's own pages are searched by, all of them keywords."""


def programs(settings: Settings) -> list[Program]:
    """What runs on this machine. Temporal is left out when another one's address is set."""
    worker_after = () if settings.temporal.address else ("temporal",)
    own = [] if settings.temporal.address else [temporal(settings)]
    return [
        *own,
        web(settings),
        Program(name="worker", argv=(*PYTHON, "workers.main"), after=worker_after, stop_seconds=7),
        demo(settings),
    ]


def web(settings: Settings) -> Program:
    """Pages and REST interface."""
    return Program(
        name="web",
        argv=(*PYTHON, "loom_app.serve"),
        ready=answers(reachable(settings.api.host), settings.api.port, "/api/v1/health"),
        stop_seconds=7,
    )


def demo(settings: Settings) -> Program:
    """The provider that plays the agents of the sample project, while the demo is on."""
    return Program(
        name="demo",
        argv=(*PYTHON, "loom_app.demo.provider", "--host", "127.0.0.1", "--port", SWITCH),
        switch=settings.data_dir / "demo" / "enabled",
        stop_turn=1,
        stop_seconds=2,
    )


def temporal(settings: Settings) -> Program:
    """Temporal's own server with its database in the data directory."""
    at, binary = settings.temporal, temporal_binary()
    server = (
        binary, "server", "start-dev", "--ip", at.host, "--port", str(at.port),
        "--ui-ip", at.host, "--ui-port", str(at.ui_port), "--ui-disable-news-fetch", "--namespace", at.namespace,
        "--db-filename", str(settings.data_dir / "temporal" / "temporal.db"),
        "--log-level", "error", "--log-format", "json",
        "--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=1",
    )  # fmt: skip
    attributes = (word for attribute in SEARCH_ATTRIBUTES for word in ("--search-attribute", f"{attribute}=Keyword"))
    tuning = (word for value in FASTER for word in ("--dynamic-config-value", value))
    address = f"{reachable(at.host)}:{at.port}"
    retention = ("operator", "namespace", "update", "-n", at.namespace, "--retention", KEEP_CLOSED_WORKFLOWS)
    return Program(
        name="temporal",
        argv=(*server, *attributes, *tuning),
        is_foreign=True,
        ready=answers(reachable(at.host), at.ui_port, f"/api/v1/namespaces/{at.namespace}"),
        once_ready=(binary, *retention, "--address", address),
        stop_turn=2,
        stop_seconds=4,
    )


def temporal_binary() -> str:
    """The server that came with the Python packages, else one on PATH. Unavailable when there is neither."""
    found = shutil.which("temporal", path=sysconfig.get_path("scripts")) or shutil.which("temporal")
    if not found:
        beside = Path(sys.executable).parent / "temporal"
        raise Unavailable(
            f"Temporal's server is missing ({beside}). Run `make build` to install it, "
            "or set LOOM_TEMPORAL__ADDRESS=host:port to use one that runs elsewhere."
        )
    return found


def reachable(host: str) -> str:
    """Where a server that listens at `host` can be asked from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
