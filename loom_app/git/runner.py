"""Running git: argument lists only, hooks and odd protocols off, bounded in time and size, failures as sentences."""

import asyncio
import os
import shlex
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from loom_app.git.output import Output
from loom_app.git.progress import Listener, Progress, Report
from loom_app.git.session import Session
from loom_app.kernel.errors import Invalid, LoomError
from loom_app.kernel.redaction import scrub
from loom_app.kernel.storable import fault_in

MERGE_BEADS = (
    f"PYTHONPATH={shlex.quote(str(Path(__file__).parents[2]))} {shlex.quote(sys.executable)} -P "
    "-m loom_app.beadfiles.driver"
)
"""The merge driver of bead files; whatever lies in the worktree is kept out of its imports."""
LOCAL_SECONDS = 120.0
REMOTE_SECONDS = 3600.0
QUIET_SECONDS = 180.0
"""How long a transfer may stand still; one that gets on may take REMOTE_SECONDS."""
AGAIN = " Look whether its host is overloaded or the network broken; Loom tries again by itself."
OUTPUT_BYTES = 64 << 20
TRANSFER_BYTES = 8 << 30
PIECE = 64 << 10
WITH_PROGRESS = ("clone", "fetch", "push")
SAFETY = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never",
    "-c", "safe.directory=*", "-c", "gc.auto=0", "-c", "advice.detachedHead=false", "-c", "core.quotePath=false",
    "-c", "core.packedRefsTimeout=20000", "-c", "core.filesRefLockTimeout=20000",
    "-c", "fetch.unpackLimit=1", "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false", "-c", "checkout.workers=0",
    "-c", f"merge.loom-beads.driver={MERGE_BEADS} %O %A %B",
)  # fmt: skip

KEPT = ("PATH", "GIT_SSL_CAINFO", "SSL_CERT_FILE", "https_proxy", "http_proxy", "no_proxy")
SILENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:https:http:ssh:git",
    "GIT_EDITOR": "true",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C.UTF-8",
}
"""Nobody's configuration, no questions, no odd protocols, names of files as they stand, words as we read them."""


class GitFailed(LoomError):
    """A git command did not do its work; `output` is what it said."""

    status, code = 502, "git_failed"


async def git(
    *arguments: str,
    cwd: Path,
    session: Session | None = None,
    stdin: str | None = None,
    report: Report | None = None,
) -> str:
    """The standard output of `git arguments` in `cwd`. Raises GitFailed when it fails, takes too long or says too much.

    A command that talks to a remote needs a `session`; `report` hears how far a clone, a fetch or a push is.
    """
    output = await attempt(*arguments, cwd=cwd, session=session, stdin=stdin, report=report)
    if output.code != 0:
        said = scrub(output.stderr or output.stdout).strip()[-2_000:]
        raise GitFailed(f"git {arguments[0]} failed in {cwd.name}: {said or f'exit code {output.code}'}", output=said)
    return output.stdout


async def attempt(
    *arguments: str,
    cwd: Path,
    session: Session | None = None,
    stdin: str | None = None,
    report: Report | None = None,
) -> Output:
    """Like `git`, but a failure is an answer too; only a command that cannot run, never ends or floods us raises."""
    if fault := fault_in([*arguments, stdin or ""]):
        raise Invalid(f"git cannot be told this: the text {fault}.", code="bad_text")
    if not cwd.is_dir():
        raise GitFailed(f"The folder {cwd} is gone.", code="repository_gone")
    verb, *rest = arguments
    progress = ("--progress",) if session and verb in WITH_PROGRESS else ()
    told = (*(session.options if session else ()), verb, *progress, *rest)
    process = await asyncio.create_subprocess_exec(
        "git", *SAFETY, *told, cwd=cwd, env=_environment(session),
        stdin=PIPE if stdin is not None else DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        output = await _Talk(process, verb, remote=session is not None, report=report).had(stdin)
    finally:
        await _ended(process)
    if session:
        session.note(verb, output.code)
    return output


class _Talk:
    """What is said to a running git and by it, within the limits."""

    def __init__(self, process: Process, verb: str, *, remote: bool, report: Report | None) -> None:
        self._process, self._verb, self._report = process, verb, report
        self._is_remote, self._limit = remote, REMOTE_SECONDS if remote else LOCAL_SECONDS
        self._quiet = QUIET_SECONDS if remote else LOCAL_SECONDS
        self._out, self._err = bytearray(), Listener(self._step)
        self._fault: GitFailed | None = None

    async def had(self, stdin: str | None) -> Output:
        """All of it. Raises GitFailed at a limit."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limit
        try:
            async with asyncio.timeout(self._quiet) as patience:

                def alive() -> None:
                    patience.reschedule(min(end, loop.time() + self._quiet))

                await asyncio.gather(
                    _tell(self._process.stdin, stdin),
                    _hear(self._process.stdout, self._keep, alive),
                    _hear(self._process.stderr, self._err.hear, alive),
                )
                await self._process.wait()
        except TimeoutError as error:
            why = f"{self._limit:.0f} s" if loop.time() >= end else f"{self._quiet:.0f} s without a sign of life"
            raise GitFailed(
                f"git {self._verb} was stopped after {why}.{AGAIN if self._is_remote else ''}", code="git_timeout"
            ) from error
        if self._fault:
            raise self._fault
        said = self._err.said().decode(errors="replace")
        return Output(self._process.returncode or 0, self._out.decode(errors="replace"), said)

    def _keep(self, piece: bytes) -> None:
        self._out += piece
        if len(self._out) > OUTPUT_BYTES:
            self._stop(f"said more than {OUTPUT_BYTES >> 20} MiB", "git_output_too_large")

    def _step(self, progress: Progress) -> None:
        if progress.size > TRANSFER_BYTES:
            self._stop(
                f"transferred more than {TRANSFER_BYTES / 2**30:g} GiB",
                "git_transfer_too_large",
                " Nothing of it was kept. Keep large files out of the repository (Git LFS), or hand over one with a "
                "shorter history.",
            )
        elif self._report is not None:
            self._report(progress)

    def _stop(self, what: str, code: str, way_out: str = "") -> None:
        self._fault = self._fault or GitFailed(f"git {self._verb} {what} and was stopped.{way_out}", code=code)
        _kill(self._process)


async def _tell(pipe: asyncio.StreamWriter | None, text: str | None) -> None:
    if pipe is None or text is None:
        return
    pipe.write(text.encode())
    with suppress(BrokenPipeError, ConnectionResetError):
        await pipe.drain()
    pipe.close()


async def _hear(pipe: asyncio.StreamReader | None, take: Callable[[bytes], None], alive: Callable[[], None]) -> None:
    while pipe is not None and (piece := await pipe.read(PIECE)):
        take(piece)
        alive()


def _kill(process: Process) -> None:
    """Git and all it started: it is the first of a process group of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _ended(process: Process) -> None:
    """Sees to it that nothing of a command that was given up goes on."""
    if process.returncode is None:
        _kill(process)
        await process.wait()


def _environment(session: Session | None) -> dict[str, str]:
    """Only what git needs. A name that the session sets to nothing is left out."""
    own = {name: os.environ[name] for name in KEPT if name in os.environ}
    told = own | SILENT | dict(session.environment if session else {})
    return {name: value for name, value in told.items() if value}
