"""Start, steer and stop the test provider from a test."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ROOT = Path(__file__).resolve().parents[2]


class ProviderProcess:
    """A running test provider. `url` is what a Loom provider row holds as its endpoint."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.root}/v1"

    def start(self) -> None:
        """Start it, on the port it had before if it ran already."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.provider", "--port", str(self.port), "--end-with-stdin"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line.isdigit(), f"the test provider did not start: {line!r}"
        self.port = int(line)
        self._http = httpx.Client(base_url=self.root, timeout=30, trust_env=False)

    def stop(self) -> None:
        """Kill it; harmless when it is gone already. `start` brings it back without its script and log."""
        if self._process is None:
            return
        self._http.close()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process = None

    def script(self, *steps: dict[str, Any]) -> None:
        """Add steps; see tests/support/provider.py for what a step may hold."""
        self._post("/_script", list(steps))

    def config(self, **changes: Any) -> None:
        """Change settings; see DEFAULTS in tests/support/provider_script.py."""
        self._post("/_config", changes)

    def reset(self) -> None:
        self._post("/_reset", {})

    def waiting(self) -> int:
        """How many steps nobody asked for yet."""
        return int(self._http.get("/_script").raise_for_status().json()["waiting"])

    def log(self, path: str = "completions", *, settled: bool = False) -> list[dict[str, Any]]:
        """Requests received whose path ends so, oldest first; all of them with path=""."""
        return self._entries(path, settled=settled, at_least=0, timeout=0)

    def wait_for(
        self, at_least: int, path: str = "completions", *, settled: bool = False, timeout: float = 20
    ) -> list[dict[str, Any]]:
        """The log as soon as it holds `at_least` requests; fails when they do not come in time (seconds)."""
        rows = self._entries(path, settled=settled, at_least=at_least, timeout=timeout)
        assert len(rows) >= at_least, f"{len(rows)} of {at_least} requests came within {timeout} s"
        return rows

    def _entries(self, path: str, *, settled: bool, at_least: int, timeout: float) -> list[dict[str, Any]]:
        query: dict[str, str | int | float] = {
            "path": path,
            "settled": int(settled),
            "at_least": at_least,
            "timeout": timeout,
        }
        answer = self._http.get("/_log", params=query, timeout=timeout + 10)
        rows: list[dict[str, Any]] = answer.raise_for_status().json()
        return rows

    def _post(self, path: str, body: Any) -> None:
        answer = self._http.post(path, json=body)
        assert answer.status_code == 200, answer.text

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
