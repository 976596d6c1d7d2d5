"""Pair programming: how much later a person reads the first word than who asks the model itself, and how evenly."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.bench.table import Figure, percentile
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System

TALKS, WARM = 40, 5
SAID = {"reply": "Flour, water, salt and time. " * 4, "piece": 8, "piece_delay": 0.01, "delay": 0.05, "times": 0}


def scene() -> list[Figure]:
    """Both ways by turns, so that they meet the same machine: each over a connection that is open already."""
    with tempfile.TemporaryDirectory() as folder, ProviderProcess() as model:
        model.script(SAID)
        env = {"LOOM_PROVIDER__URL": model.url, "LOOM_PROVIDER__MODEL": "bench"}
        with System(Path(folder) / "data", env) as system, httpx.Client(trust_env=False, timeout=30) as bare:
            http = system.client()
            body = _ready(Desk(http))
            asked = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": "What is in it?"}]}
            took = [
                (_first(bare, f"{model.url}/chat/completions", asked), _first(http, "/api/v1/pair", body))
                for _ in range(TALKS + WARM)
            ][WARM:]
    added = [talk - alone for alone, talk in took]
    return [
        Figure("pair_first_token_bare_httpx_p50", percentile([alone for alone, _ in took], 0.5), "ms", 150),
        Figure("pair_first_token_added_p50", percentile(added, 0.5), "ms", 50),
        Figure("pair_first_token_added_p95", percentile(added, 0.95), "ms", 100),
    ]


def _ready(desk: Desk) -> dict[str, Any]:
    """What is asked: about a bead that nobody else takes up."""
    desk.post("/projects", {"id": "bench", "name": "Bench"})
    agent = desk.post("/agents", {"persona_name": "qa-engineer", "project_id": "bench"})
    bead = desk.bead("bench", "Less flour")
    desk.until_true(lambda: _set_aside(desk, bead), 30, lambda: desk.story(bead))
    return {"agent_id": agent["id"], "bead_id": bead, "message": "What is in it?"}


def _set_aside(desk: Desk, bead: str) -> bool:
    """Has nobody work on it, whoever may have begun to."""
    return desk.http.patch(f"/api/v1/beads/{bead}", json={"status": "blocked"}).is_success


def _first(http: httpx.Client, path: str, body: dict[str, Any]) -> float:
    """Milliseconds from asking to the first word; the rest is read, too."""
    begun = time.perf_counter()
    first = 0.0
    with http.stream("POST", path, json=body) as answer:
        assert answer.status_code == 200, answer.read()
        for line in _words(answer):
            first = first or time.perf_counter()
            assert line
    return (first - begun) * 1000


def _words(answer: httpx.Response) -> Iterator[str]:
    """The lines that bring text."""
    return (line for line in answer.iter_lines() if line.startswith("data:") and '"content": "' in _spaced(line))


def _spaced(line: str) -> str:
    return line.replace('"content":"', '"content": "').replace('"content": ""', "")
