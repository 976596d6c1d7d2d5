"""A large team: fifty agents on five hundred beads with a model of two seconds, and fifty with nothing to do."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psutil
from temporalio.client import Client

from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.migrate import upgrade
from loom_app.motivations.registering import ensure_defaults
from loom_app.providers import service as providers
from loom_app.providers.schemas import ProviderDraft
from tests.bench.scenes import moment
from tests.bench.table import Figure
from tests.support import rows
from tests.support.databases import opened
from tests.support.provider_process import ProviderProcess
from tests.support.system import Desk, System
from tests.support.waiting import until
from workers.activities.clocks import ClockActivities
from workers.activities.deps import Deps
from workers.main import MASTER_SECONDS
from workers.starting import Starts

AGENTS, BEADS = 50, 500
ANSWER_SECONDS = 2.0
TURNS = 8
IDLE_SECONDS = 60.0
DAY_SECONDS = 86_400.0
ROLE = "engineering-manager"
LOOK = {"type": "read_tree"}


def scene() -> list[Figure]:
    """At work, idle, and idle for a day."""
    return [*_at_work(), *_idle(), *asyncio.run(_day())]


@contextmanager
def _team(agents: int) -> Iterator[tuple[System, Desk, ProviderProcess]]:
    """A running Loom with so many idle agents in one project."""
    with tempfile.TemporaryDirectory() as folder, ProviderProcess() as model:
        given = {"LOOM_PROVIDER__URL": model.url, "LOOM_PROVIDER__MODEL": "bench", "LOOM_LIMITS__WRITES": "0"}
        with System(Path(folder) / "data", given) as system:
            desk = Desk(system.client())
            desk.post("/projects", {"id": "bench", "name": "Bench"})
            for _ in range(agents):
                desk.post("/agents", {"persona_name": ROLE, "project_id": "bench"})
            until(lambda: _idle_agents(desk) == agents, 120, what="the agents are idle")
            yield system, desk, model


def _idle_agents(desk: Desk) -> int:
    return len(desk.get("/agents", status="idle", limit=200))


def _at_work(agents: int = AGENTS, beads: int = BEADS) -> list[Figure]:
    """How much of the agents' time passes without waiting for the model, and whether a bead was given out twice."""
    with _team(agents) as (_, desk, model):
        model.script(*_conversation())
        model.config(default_delay=ANSWER_SECONDS)
        begun = time.monotonic()
        for number in range(beads):
            desk.bead("bench", f"Number {number}")
        until(lambda: _done(desk) == beads, 3_600, what="all beads are done")
        took = time.monotonic() - begun
        runs = _all(desk, "/runs")
    lasted = sum(moment(run["ended_at"]) - moment(run["created_at"]) for run in runs)
    waited = len(runs) * TURNS * ANSWER_SECONDS
    twice = sum(count - 1 for count in Counter(run["bead_id"] for run in runs).values())
    return [
        Figure(f"{agents}_agents_not_waiting_for_the_model", 100 * (1 - waited / lasted), "% of time", 10),
        Figure(f"{beads}_beads_by_{agents}_agents", took, "s", 1.25 * beads / agents * TURNS * ANSWER_SECONDS),
        Figure("beads_given_out_twice", twice, "beads", 0),
    ]


def _conversation() -> list[dict[str, Any]]:
    """TURNS answers to every bead, each known by the one before: a look around each time, then done."""
    last: dict[str, Any] = {"when": f"look {TURNS - 1}", "reply": _says("done", {"type": "done", "reason": "Seen."})}
    looks = [
        {"when": f"look {number - 1}" if number > 1 else "Bead: ", "reply": _says(f"look {number}", LOOK)}
        for number in range(TURNS - 1, 0, -1)
    ]
    return [{**step, "times": 0} for step in (last, *looks)]


def _says(notes: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"actions": [action], "notes": notes}


def _done(desk: Desk) -> int:
    return int(desk.get("/projects/bench")["bead_counts"].get("done", 0))


def _all(desk: Desk, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while page := desk.get(path, limit=200, offset=len(found)):
        found += page
    return found


def _idle() -> list[Figure]:
    """What the programs of a running Loom take of one processor while fifty agents have nothing to do, in real time."""
    with _team(AGENTS) as (system, _, model):
        asked = len(model.log())
        time.sleep(5)
        before = {name: _processor_seconds(system.pid(name)) for name in ("worker", "web", "temporal")}
        time.sleep(IDLE_SECONDS)
        used = {name: _processor_seconds(system.pid(name)) - seconds for name, seconds in before.items()}
        calls = len(model.log()) - asked
    shares = {name: 100 * seconds / IDLE_SECONDS for name, seconds in used.items()}
    return [
        *(Figure(f"idle_50_agents_{name}", share, "% of a CPU", 1) for name, share in shares.items()),
        Figure("idle_50_agents_calls_of_the_model", calls, "calls", 0),
    ]


def _processor_seconds(pid: int) -> float:
    root = psutil.Process(pid)
    return sum(sum(process.cpu_times()[:2]) for process in [root, *root.children(recursive=True)])


async def _day() -> list[Figure]:
    """Every beat of the clocks in 24 hours, one right after the other: what they cost and whether one asks the
    model. What passes between the beats is left out, so that a day takes a minute or two."""
    with tempfile.TemporaryDirectory() as folder, ProviderProcess() as model:
        of = Settings(data_dir=Path(folder))
        db, vault = opened(of.database_url), Vault.open(Path(folder), None)
        await upgrade(db)
        await ensure_defaults(db)
        await rows.project(db)
        for _ in range(AGENTS):
            await rows.agent(db, role=ROLE)
        async with db.write() as tx:
            draft = ProviderDraft(id="model", endpoint=model.url, model="bench")
            await providers.register(tx, draft, vault=vault, actor=SYSTEM)
        nobody = cast("Client", None)
        clocks = ClockActivities(Deps(db, vault, of, nobody, Starts(nobody, "nobody")))
        await clocks.check_providers()
        asked, begun = len(model.log()), time.process_time()
        for work, seconds in (
            (clocks.dispatch, of.dispatch.tick_seconds),
            (clocks.sweep, MASTER_SECONDS),
            (clocks.check_providers, of.provider.heartbeat_seconds),
            (clocks.motivate, of.motivations.tick_seconds),
        ):
            for _ in range(round(DAY_SECONDS / seconds)):
                await work()
        used, calls = time.process_time() - begun, len(model.log()) - asked
        await db.dispose()
    return [
        Figure("idle_day_beats_of_the_clocks", 100 * used / DAY_SECONDS, "% of a CPU", 1),
        Figure("idle_day_calls_of_the_model", calls, "calls", 0),
    ]
