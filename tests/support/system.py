"""The whole of Loom as people start it: `loom up` with a data directory and ports of its own, watched from outside."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from loom_app.supervisor import status
from loom_app.supervisor.places import ROOT
from loom_app.supervisor.tether import die_with
from tests.support.ports import free_ports
from tests.support.waiting import until

PASSWORD = "flour-water-salt-27"
START_SECONDS = 90.0


class System:
    """A running Loom. `env` adds variables; the file `printed` holds what was shown."""

    def __init__(self, data_dir: Path, env: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.printed = data_dir.with_name(f"{data_dir.name}-printed.txt")
        web, temporal, ui = free_ports(3)
        own = {
            "LOOM_DATA_DIR": str(data_dir),
            "LOOM_PERSONAS_DIR": str(data_dir / "personas"),
            "LOOM_AGENTS__CORP_PROFILE": "none",
            "LOOM_API__PORT": str(web),
            "LOOM_TEMPORAL__PORT": str(temporal),
            "LOOM_TEMPORAL__UI_PORT": str(ui),
            "LOOM_ADMIN_PASSWORD": PASSWORD,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOOM_")}
        self.env = inherited | own | (env or {})
        self.port = web
        self.url = f"http://127.0.0.1:{web}"
        self._clients: list[httpx.Client] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = START_SECONDS) -> float:
        """Starts it and waits until pages, worker and Temporal serve; answers the seconds until the pages did."""
        begun = time.monotonic()
        with self.printed.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "loom_app.cli", "up"],
                cwd=ROOT,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=partial(die_with, os.getpid()),  # noqa: PLW1509 - no threads here
            )
        try:
            until(self._serves, seconds, what="the pages are served")
            served = time.monotonic() - begun
            until(self._works, seconds, what="the worker is ready")
        except AssertionError as late:
            self.stop()
            raise AssertionError(f"{late}\n{self.printed.read_text()}\n{self.log('web')}") from late
        return served

    def stop(self) -> int:
        """Ends it as Ctrl-C does; its exit code."""
        for http in self._clients:
            http.close()
        self._clients.clear()
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(30)
        finally:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> httpx.Client:
        """A client signed in as the administrator."""
        http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self._clients.append(http)
        answer = http.post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        http.cookies.clear()
        http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return http

    def process(self, name: str) -> status.ProcessStatus:
        """The program `name` as the supervisor last told of it."""
        found = {process.name: process for process in status.read(self.data_dir)}
        return found.get(name, status.ProcessStatus(name))

    def pid(self, name: str) -> int:
        """The process of `name`, once it runs."""
        until(lambda: self.process(name).state == status.State.RUNNING, 30, what=f"{name} runs")
        pid = self.process(name).pid
        assert pid is not None
        return pid

    def kill(self, name: str) -> None:
        """Kills `name` without warning and waits until the supervisor has started it again."""
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        until(lambda: self.process(name).pid not in (None, before), 30, what=f"{name} is started again")

    def log(self, name: str) -> str:
        """What `name` printed."""
        file = self.data_dir / "logs" / f"{name}.log"
        return file.read_text() if file.exists() else ""

    def answers(self) -> bool:
        """Whether the web application answers at present."""
        return self._serves()

    def _serves(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"Loom ended:\n{self.printed.read_text()}"
        try:
            return httpx.get(f"{self.url}/api/v1/health", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _works(self) -> bool:
        return "worker is ready" in self.log("worker")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Desk:
    """What people do with a running system: make beads, read runs, wait for what shows."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def get(self, path: str, **params: Any) -> Any:
        """The answer to GET /api/v1`path`."""
        answer = self.http.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        """The answer to POST /api/v1`path`."""
        answer = self.http.post(f"/api/v1{path}", json=body)
        assert answer.status_code in (200, 201, 202), answer.text
        return answer.json()

    def bead(self, project_id: str, title: str, **more: Any) -> str:
        """A new bead; its id."""
        made: dict[str, Any] = self.post("/beads", {"project_id": project_id, "title": title, **more})
        return str(made["id"])

    def until_bead(self, bead_id: str, status_: str = "done", seconds: float = 60) -> dict[str, Any]:
        """The bead once it stands there."""
        bead: dict[str, Any] = self.until_true(lambda: self._at(bead_id, status_), seconds, lambda: self.story(bead_id))
        return bead

    def runs(self, bead_id: str) -> list[dict[str, Any]]:
        """The bead's runs with their turns, oldest first."""
        return [self.get(f"/runs/{run['id']}") for run in reversed(self.get("/runs", bead_id=bead_id))]

    def story(self, bead_id: str) -> str:
        """What became of a bead, for people who read a failed test."""
        bead = self.get(f"/beads/{bead_id}")
        told = [f"{run['status']} {run['terminal_reason']}: {run['message']}" for run in self.runs(bead_id)]
        return f"{bead_id} is {bead['status']} ({bead.get('status_reason')}); runs: {told}"

    def until_true(self, condition: Callable[[], Any], seconds: float, story: Callable[[], str]) -> Any:
        """What `condition` answers as soon as it is true; answers that fail while Loom restarts are asked again."""

        def asked() -> Any:
            try:
                return condition()
            except httpx.TransportError:
                return None

        try:
            return until(asked, seconds)
        except AssertionError as late:
            raise AssertionError(f"{late}; {story()}") from late

    def _at(self, bead_id: str, status_: str) -> dict[str, Any] | None:
        bead: dict[str, Any] = self.get(f"/beads/{bead_id}")
        return bead if bead["status"] == status_ else None
