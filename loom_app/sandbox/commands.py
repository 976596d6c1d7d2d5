"""Running what an agent asks for: confined, limited, recorded, and gone without a trace when it is over."""

import asyncio
import tempfile
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from loom_app.kernel.errors import Unavailable
from loom_app.sandbox.bubblewrap import HOME, KEEPER, Jail, interpreter
from loom_app.sandbox.confinement import Confinement, confinement
from loom_app.sandbox.order import Order, checked, specification
from loom_app.sandbox.outcome import CommandLimits, CommandOutcome, Ended, Ending, sentence
from loom_app.sandbox.outlet import Answer, Outlet
from loom_app.sandbox.running import Launch, Pipes, Running

__all__ = ["CommandLimits", "CommandOutcome", "Confinement", "Ended", "confinement", "run", "shell"]


def shell(command: str) -> list[str]:
    """The argument vector for a command line with pipes, variables and so on."""
    return ["/bin/sh", "-c", command]


async def run(
    argv: Sequence[str],
    *,
    root: Path,
    cwd: str = ".",
    limits: CommandLimits | None = None,
    writable: Sequence[Path] = (),
    readonly: Sequence[Path] = (),
    env: Mapping[str, str] | None = None,
    require: bool = False,
    how: Confinement | None = None,
    network: Answer | None = None,
) -> CommandOutcome:
    """Run a command in the worktree `root` and wait for its end; no process of it is left afterwards.

    It sees the worktree (writable, but for `.git`), the programs of the machine, Loom's Python and the directories
    named in `readonly` and `writable`, all at their own paths. It has no network; `network` answers what connects to
    the proxy that its environment names, where bubblewrap holds it. Cancelling the caller ends the command first. A
    limit that is passed is an outcome, not an error. Raises Invalid for a command that cannot be written down,
    Forbidden for a `cwd` outside, and Unavailable when the sandbox cannot be made or `require` asks for more than this
    machine has.
    """
    order = await asyncio.to_thread(checked, argv, root, cwd, env or {})
    held, allowed = await _held(how, require=require), limits or CommandLimits()
    running, started = Running(allowed, order.root), time.monotonic()
    home = ExitStack()
    way_out = Outlet(network) if network and held.kind == "bubblewrap" else None

    def launch(pipes: Pipes, stack: ExitStack) -> Launch:
        if held.kind == "bubblewrap":
            return _confined(order, allowed, held, pipes, stack, readonly, writable, way_out)
        return _plain(order, allowed, pipes, home)

    try:
        await running.start(launch)
        ending = await running.ended()
    finally:
        await _to_the_end(_over(running, home, way_out))
    return _outcome(order, ending, running, time.monotonic() - started, allowed, held)


async def _held(how: Confinement | None, *, require: bool) -> Confinement:
    if how is None:
        how = await asyncio.to_thread(confinement)
    if require and how.kind != "bubblewrap":
        raise Unavailable(f"Commands are refused, as LOOM_SANDBOX__REQUIRE asks: {how.detail}", code="sandbox_required")
    return how


async def _over(running: Running, home: ExitStack, way_out: Outlet | None) -> None:
    try:
        await running.stop()
    finally:
        if way_out:
            await way_out.close()
        await asyncio.to_thread(home.close)


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Finish the work whoever cancels the waiting, and as often as they like; then pass it on."""
    task, cancelled = asyncio.ensure_future(work), None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled:
        raise cancelled
    task.result()


def _confined(
    order: Order,
    limits: CommandLimits,
    how: Confinement,
    pipes: Pipes,
    stack: ExitStack,
    readonly: Sequence[Path],
    writable: Sequence[Path],
    way_out: Outlet | None,
) -> Launch:
    jail = Jail(how.program, order.root, stack)
    jail.build(limits.memory_bytes, readonly, writable)
    channel = [way_out.lent(stack)] if way_out else []
    spec = specification(
        order, limits, pipes.control, pipes.status, home=HOME, temporary="/tmp", adopt=False,  # noqa: S108 - the sandbox's own
        way_out=channel[0] if channel else None,
    )  # fmt: skip
    argv = [*jail.argv, "--info-fd", str(pipes.information), "--chdir", str(order.cwd), "--"]
    return Launch(
        [*argv, interpreter(), "-I", "-S", KEEPER, spec, *order.argv],
        Path("/"),
        [pipes.control, pipes.status, pipes.information, *channel, *jail.fds],
    )


def _plain(order: Order, limits: CommandLimits, pipes: Pipes, stack: ExitStack) -> Launch:
    home = stack.enter_context(tempfile.TemporaryDirectory(prefix="loom-home-", ignore_cleanup_errors=True))
    spec = specification(order, limits, pipes.control, pipes.status, home=home, temporary=home, adopt=True)
    keeper = str(Path(__file__).with_name("keeper.py"))
    argv = [interpreter(), "-I", "-S", keeper, spec, *order.argv]
    return Launch(argv, order.cwd, [pipes.control, pipes.status], mark=f"HOME={home}")


def _outcome(
    order: Order, ending: Ending, running: Running, seconds: float, limits: CommandLimits, how: Confinement
) -> CommandOutcome:
    out, err = running.out, running.err
    summary = sentence(ending, order.argv, seconds, limits, err.text)
    if out.left_out or err.left_out:
        shown = limits.output_bytes
        summary += (
            f" It printed {out.total + err.total:,} bytes; of each stream {shown:,} are shown, the middle is left out."
        )
    return CommandOutcome(
        argv=order.argv,
        exit_code=ending.exit_code,
        signal=ending.signal,
        stdout=out.text,
        stderr=err.text,
        stdout_bytes=out.total,
        stderr_bytes=err.total,
        truncated=bool(out.left_out or err.left_out),
        duration_ms=round(seconds * 1000),
        ended=ending.ended,
        confined=how.kind == "bubblewrap",
        summary=summary,
    )
