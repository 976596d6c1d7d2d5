"""A run of two hundred turns that fills two hundred thousand tokens of context, on the real program."""

import asyncio
import json
import os
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from temporalio.client import Client

from tests.bench.scenes import moment
from tests.bench.table import Figure, percentile
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.waiting import until

TURNS = int(os.environ.get("LOOM_BENCH_TURNS", "200"))
CONTEXT_TOKENS = 200_000
LINES_A_TURN = 240
BOOK = "seq -f 'line %06g of the long book of bread and crust' 1 {lines} > book.txt"
LOOK_SECONDS = 0.5
"""How often it is looked whether the run is over, which itself takes time of the machine."""
MEGABYTE = 1024 * 1024


def scene() -> list[Figure]:
    """Finishes; how large its history is, how the worker's memory moves, and what Loom itself takes of a turn."""
    with tempfile.TemporaryDirectory() as folder, ProviderProcess() as model:
        env = {
            "LOOM_PROVIDER__URL": model.url, "LOOM_PROVIDER__MODEL": "bench", "LOOM_RUNS__MAX_TURNS": str(TURNS + 1),
            "LOOM_RUNS__CONTEXT_TOKENS": str(CONTEXT_TOKENS),
        }  # fmt: skip
        with System(Path(folder) / "data", env) as system:
            desk = Desk(system.client())
            desk.post("/projects", {"id": "bench", "name": "Bench"})
            desk.post("/agents", {"persona_name": "engineering-manager", "project_id": "bench"})
            until(lambda: desk.get("/agents")[0]["status"] == "idle", 60, what="the agent is idle")
            model.script(*_steps())
            return _measured(system, desk)


def _steps() -> list[dict[str, Any]]:
    """A reply for each turn: the book is written, read on and noted down, and in the end the work is done."""
    first = [{"type": "run_command", "command": BOOK.format(lines=TURNS * LINES_A_TURN)}]
    replies = [
        first,
        *(_chapter(number) for number in range(1, TURNS - 1)),
        [{"type": "done", "reason": "It is read."}],
    ]
    return [{"reply": json.dumps({"actions": actions, "notes": f"Chapter {n}."})} for n, actions in enumerate(replies)]


def _chapter(number: int) -> list[dict[str, Any]]:
    start = number * LINES_A_TURN + 1
    note = f"Chapter {number} tells of crust {number}.\n" * 20
    return [
        {"type": "read_file", "path": "book.txt", "start_line": start, "end_line": start + LINES_A_TURN - 1},
        {"type": "write_file", "path": f"notes/{number}.md", "content": note},
    ]


def _measured(system: System, desk: Desk) -> list[Figure]:
    bead_id = desk.bead("bench", "Read the book")
    worker, memory = system.pid("worker"), list[float]()

    def over() -> bool:
        time.sleep(LOOK_SECONDS)
        memory.append(sum(part.memory_info().rss for part in _processes(worker)) / MEGABYTE)
        return bool(desk.get(f"/beads/{bead_id}")["status"] in ("done", "blocked"))

    until(over, 30 + TURNS * 3, what="the run is over")
    (run,) = desk.runs(bead_id)
    turns = desk.get(f"/runs/{run['id']}")["turns"]
    own = [_own_ms(before, after) for before, after in pairwise(turns)][5:]
    half = memory[len(memory) // 2 :]
    return [
        Figure("long_run_turns_not_done", TURNS - len(turns) + (run["status"] != "finished"), "turns", 0),
        Figure("long_run_largest_prompt", max(turn["tokens"]["input"] for turn in turns), "tokens", CONTEXT_TOKENS),
        Figure("long_run_own_time_p50", percentile(own, 0.5), "ms", 80),
        Figure("long_run_own_time_p95", percentile(own, 0.95), "ms", 250),
        Figure("long_run_temporal_history", asyncio.run(_history(system, bead_id)), "MB", 5),
        Figure("long_run_worker_growth", _slope(half) * len(half), "MB in its second half", 15),
    ]


def _processes(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _own_ms(before: dict[str, Any], after: dict[str, Any]) -> float:
    """From one reply to the next without what the model took: actions, Temporal, the next prompt."""
    passed = moment(after["replied_at"]) - moment(before["replied_at"])
    return max(0.0, passed * 1_000 - float(after["latency_ms"]))


async def _history(system: System, bead_id: str) -> float:
    """The size of the run's history, in MB."""
    client = await Client.connect(f"127.0.0.1:{system.env['LOOM_TEMPORAL__PORT']}", namespace="loom-default")
    found = [
        await client.get_workflow_handle(each.id).describe()
        async for each in client.list_workflows("WorkflowType = 'BeadProcessingWorkflow'")
        if bead_id in each.id
    ]
    sizes = [int(one.raw_description.workflow_execution_info.history_size_bytes) for one in found]
    return float(max(sizes) / MEGABYTE)


def _slope(values: list[float]) -> float:
    """How much the values rise from one to the next, by least squares."""
    return statistics.linear_regression(range(len(values)), values).slope if len(values) > 1 else 0.0
