"""`loom up`: checks, migration, then the whole tree until someone says stop."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from loom_app.config import Settings, settings
from loom_app.supervisor import loom, preflight
from loom_app.supervisor.output import Console
from loom_app.supervisor.places import ROOT
from loom_app.supervisor.tree import Tree

PATIENCE = 60.0
"""After how many seconds without an answer from the web application the person is told where to look."""


def run() -> int:
    """Runs Loom until it is stopped. Returns the exit code; raises Unavailable when it cannot start."""
    configured = settings()
    preflight.data_dir(configured.data_dir)
    with preflight.lock(configured.data_dir):
        preflight.ports(configured)
        preflight.pages()
        _settle_environment(configured)
        return asyncio.run(_supervise(configured))


def _settle_environment(configured: Settings) -> None:
    """Relative paths mean the same to every program, wherever it is started."""
    os.environ["LOOM_DATA_DIR"] = str(configured.data_dir)
    file = Path(os.environ.get("LOOM_CONFIG", "config.yaml"))
    if file.exists():
        os.environ["LOOM_CONFIG"] = str(file.absolute())
    (configured.data_dir / "temporal").mkdir(exist_ok=True)


async def _supervise(configured: Settings) -> int:
    console = Console()
    tree = Tree(loom.programs(configured), data_dir=configured.data_dir, cwd=ROOT, console=console)
    stop = asyncio.Event()
    obey(stop, tree)
    tree.say(f"starting; data in {configured.data_dir}")
    try:
        if await _migrate(stop):
            return 0 if stop.is_set() else 1
        welcome = asyncio.create_task(_welcome(tree, console, configured))
        await tree.run(stop)
        welcome.cancel()
        tree.say("stopped")
    finally:
        console.close()
    return 0


def obey(stop: asyncio.Event, tree: Tree) -> None:
    """The first signal stops everything in order, a second one at once."""

    def asked() -> None:
        if stop.is_set():
            tree.say("killing everything")
            tree.kill()
        else:
            tree.say("stopping (again to kill)")
            stop.set()

    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]  # nohup
    for number in (signal.SIGINT, signal.SIGTERM, *hang_up):
        asyncio.get_running_loop().add_signal_handler(number, asked)


async def _migrate(stop: asyncio.Event) -> int:
    """Brings the schema up to date in a process of its own, which keeps this one small. Returns its exit code."""
    process = await asyncio.create_subprocess_exec(*loom.PYTHON, "loom_app.cli", "migrate", start_new_session=True)
    done, stopping = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
    await asyncio.wait([done, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not done.done():
        process.terminate()
    stopping.cancel()
    return await done


async def _welcome(tree: Tree, console: Console, configured: Settings) -> None:
    """Says where Loom is once it answers, and what a person can do there first."""
    ready = tree.children["web"].is_ready
    try:
        async with asyncio.timeout(PATIENCE):
            await ready.wait()
    except TimeoutError:
        log = configured.data_dir / "logs" / "web.log"
        tree.say(f"the web application has not answered for {PATIENCE:.0f} s; what it says is in {log}")
        await ready.wait()
    tree.say(f"Loom is ready at {configured.base_url}")
    greeting = await asyncio.create_subprocess_exec(
        *loom.PYTHON,
        "loom_app.greeting",
        stdout=asyncio.subprocess.PIPE,
        stderr=sys.stderr,
        start_new_session=True,
    )
    said, _ = await greeting.communicate()
    for line in said.decode().splitlines():
        console.say("loom", line)  # to the person alone: a link that lets its finder in does not belong into a file
