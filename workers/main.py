"""The worker process: runs the workflows and their activities, and turns events into kicks."""

import asyncio
import signal
import sys
from datetime import timedelta

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.worker import (
    PollerBehaviorSimpleMaximum,
    Worker,
    WorkerDeploymentConfig,
    WorkerDeploymentVersion,
)

from loom_app import __version__
from loom_app.config import Settings, settings
from loom_app.events.tail import EventTail, follow_durably
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.log import configure, get_logger
from loom_app.logs.keeping import Lines
from loom_app.sandbox.confinement import confinement
from workers.activities.agent_work import AgentWorkActivities
from workers.activities.bootstrap import BootstrapActivities
from workers.activities.clocks import ClockActivities
from workers.activities.deps import Deps
from workers.activities.runs import RunActivities
from workers.activities.upkeep import UpkeepActivities
from workers.agent_engine import TemporalEngine
from workers.agent_instructions import AgentInstructions
from workers.bead_files import BeadFiles
from workers.contracts import Clock
from workers.kicks import Kicks
from workers.letters import Letters
from workers.merges import Merges
from workers.motivations import MotivationKicks
from workers.outgoing import Outgoing
from workers.pull_requests import PullRequests
from workers.readiness import ReadinessWatch
from workers.starting import AGAIN, About, Starts
from workers.webhooks import Webhooks
from workers.workflows.agent_work import AGENT_WORK
from workers.workflows.bead_processing import BeadProcessingWorkflow
from workers.workflows.bootstrap import BootstrapWorkflow
from workers.workflows.clocks import (
    BackupWorkflow,
    DispatcherWorkflow,
    LoomHeartbeatWorkflow,
    MotivationWorkflow,
    ProviderHeartbeatWorkflow,
    RetentionWorkflow,
)
from workers.workflows.decision import DecisionWorkflow

log = get_logger(__name__)

WORKFLOWS: list[type] = [
    LoomHeartbeatWorkflow, DispatcherWorkflow, ProviderHeartbeatWorkflow, BeadProcessingWorkflow, DecisionWorkflow,
    BootstrapWorkflow, MotivationWorkflow, BackupWorkflow, RetentionWorkflow, *AGENT_WORK,
]  # fmt: skip
MASTER_SECONDS, BACKUP_SECONDS, RETENTION_SECONDS = 10.0, 600.0, 3_600.0
CLOCKS_SECONDS = 60.0
"""How often is seen to it that all of them run."""
POLLERS = 20
STICKY = timedelta(seconds=2)
"""How long a step of a workflow waits for the worker that did its last one, which may be dead, before any may do it."""
CONNECT_SECONDS = 0.25


async def connect(of: Settings) -> Client:
    """Temporal's client, as soon as the server answers for the namespace."""
    told = False
    while True:
        try:
            client = await Client.connect(
                of.temporal.target, namespace=of.temporal.namespace, data_converter=pydantic_data_converter
            )
            await client.count_workflows()
        except (RuntimeError, RPCError) as error:
            if not told:
                log.warning("Temporal does not answer yet", address=of.temporal.target, error=str(error))
                told = True
            await asyncio.sleep(CONNECT_SECONDS)
        else:
            return client


def build(client: Client, deps: Deps) -> Worker:
    """The worker with everything registered."""
    beats, runs, bootstraps = ClockActivities(deps), RunActivities(deps), BootstrapActivities(deps)
    upkeep = UpkeepActivities(deps)
    return Worker(
        client,
        task_queue=deps.settings.temporal.task_queue,
        workflows=WORKFLOWS,
        activities=[
            beats.dispatch, beats.check_providers, beats.sweep, beats.motivate,
            runs.open_run, runs.take_turns, runs.think, runs.act, runs.fail_run, runs.expire_decision,
            bootstraps.take_step, bootstraps.fail_step, upkeep.back_up, upkeep.forget,
            AgentWorkActivities(deps).agent_work,
        ],
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(POLLERS),
        activity_task_poller_behavior=PollerBehaviorSimpleMaximum(POLLERS),
        max_heartbeat_throttle_interval=timedelta(seconds=1),
        default_heartbeat_throttle_interval=timedelta(seconds=1),
        graceful_shutdown_timeout=timedelta(seconds=5),
        sticky_queue_schedule_to_start_timeout=STICKY,
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("loom-worker", __version__), use_worker_versioning=False
        ),
    )  # fmt: skip


def clocks(of: Settings) -> dict[str, float]:
    """The named singletons, and every how many seconds each ticks."""
    return {
        "LoomHeartbeatWorkflow": MASTER_SECONDS,
        "DispatcherWorkflow": of.dispatch.tick_seconds,
        "ProviderHeartbeatWorkflow": of.provider.heartbeat_seconds,
        "MotivationWorkflow": of.motivations.tick_seconds,
        "BackupWorkflow": BACKUP_SECONDS,
        "RetentionWorkflow": RETENTION_SECONDS,
    }


async def start_clocks(starts: Starts, of: Settings) -> None:
    """The named singletons, unless they run already."""
    for name, seconds in clocks(of).items():
        about = About(f"every {seconds:g} s and on events", clock=name)
        await starts.start(name, Clock(seconds=seconds), name, about, reuse=AGAIN)


async def keep_clocks(starts: Starts, of: Settings) -> None:
    """Has the clocks run for ever: one that was ended from outside, or that the server lost, begins again."""
    while True:
        await asyncio.sleep(CLOCKS_SECONDS)
        try:
            await start_clocks(starts, of)
        except RPCError as error:
            log.debug("the clocks could not be seen to", error=str(error))


def tell_confinement() -> None:
    """Logs how the commands of agents are held on this machine."""
    held = confinement()
    tell = log.info if held.kind == "bubblewrap" else log.warning
    tell("commands are confined" if held.kind == "bubblewrap" else "commands are NOT confined", detail=held.detail)


async def run(of: Settings, stop: asyncio.Event) -> None:
    """Works until `stop` is set."""
    db = Database(of.database_url)
    vault = Vault.open(of.data_dir, of.secret_key, of.old_secret_key)
    client = await connect(of)
    Keyring(db, vault)
    starts = Starts(client, of.temporal.task_queue)
    deps = Deps(db, vault, of, client, starts)
    try:
        lines = Lines(db, "worker", days=of.log.keep_days, most=of.log.keep_lines)
        async with lines, build(client, deps), EventTail(db) as tail:
            await starts.learn()
            await start_clocks(starts, of)
            files = BeadFiles(db, of.bead_files.fetch_seconds)
            watch = ReadinessWatch(db, of)
            merges = Merges(db, of)
            pulls = PullRequests(db, of)
            hooks, outgoing = Webhooks(db, of), Outgoing(db, vault, of, tail)
            motivations = MotivationKicks(client)
            asked = AgentInstructions(db, of, TemporalEngine(client, starts, of.temporal.task_queue))
            kicks = Kicks(deps, files.hear, watch.hear, merges.hear, pulls.hear, motivations.hear, asked.hear)
            following = follow_durably(tail, db, "worker-kicks", kicks.hear)
            watched = (files, watch, merges, pulls, hooks, outgoing, motivations, asked, Letters(db, of))
            works = (*(one.follow() for one in watched), outgoing.send(), following, keep_clocks(starts, of))
            lasting = [asyncio.create_task(work) for work in works]
            stopped = asyncio.create_task(stop.wait())
            log.info("worker is ready", queue=of.temporal.task_queue)
            await asyncio.to_thread(tell_confinement)
            await asyncio.wait([*lasting, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in lasting:
                if task.done():
                    task.result()
                task.cancel()
            await asyncio.gather(*lasting, return_exceptions=True)
    finally:
        await db.dispose()


def main() -> None:
    """`python -m workers.main`."""
    try:
        of = settings()
    except LoomError as error:
        sys.exit(error.message)
    configure(of.log.level, as_json=of.log.format == "json")

    async def until_signalled() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run(of, stop)

    try:
        asyncio.run(until_signalled())
    except LoomError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
