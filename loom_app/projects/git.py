"""Running git: argument lists only, hooks and odd protocols off, bounded in time, failures as sentences."""

import asyncio
import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from loom_app.kernel.errors import Invalid, LoomError
from loom_app.kernel.redaction import scrub
from loom_app.kernel.storable import fault_in

MERGE_BEADS = (
    f"PYTHONPATH={shlex.quote(str(Path(__file__).parents[2]))} {shlex.quote(sys.executable)} -P "
    "-m loom_app.beadfiles.driver"
)
"""The merge driver of bead files; whatever lies in the worktree is kept out of its imports."""
LOCAL_SECONDS = 120.0
REMOTE_SECONDS = 600.0
SAFETY = (
    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never",
    "-c", "safe.directory=*", "-c", "gc.auto=0", "-c", "advice.detachedHead=false", "-c", "core.quotePath=false",
    "-c", "commit.gpgSign=false", "-c", "core.autocrlf=false",
    "-c", f"merge.loom-beads.driver={MERGE_BEADS} %O %A %B",
)  # fmt: skip
REMOTE_FORM = re.compile(
    r"(https?|ssh|git)://([\w.~%+-]+(:[^\s/@]*)?@)?(\w[\w.-]*|\[[0-9A-Fa-f:.]+\])(:\d+)?(/[^\s\x00-\x1f]*)?"
    r"|file:///[^\x00-\x1f]+|\w[\w.-]*@\w[\w.-]*:[^\s\x00-\x1f]+|/[^\x00-\x1f]+"
)
WITH_PASSWORD = re.compile(r"https?://[^/?#]*@|[\w+.-]+://[^/@]*:[^@]*@|(?![\w+.-]+://)[^/:@\s]+:[^@]+@[^:]+:")
"""Also a name alone before an http address: nobody can tell it from a token."""
BRANCH_FORM = re.compile(
    r"(?![-./])(?!(@|HEAD)$)(?!.*(\.\.|//|@\{|\.lock(/|$)|/\.|\.$|/$))[^\s~^:?*\[\\\x00-\x1f\x7f\ud800-\udfff]{1,200}"
)


class GitFailed(LoomError):
    """A git command did not do its work; `output` is what it said."""

    status, code = 502, "git_failed"


@dataclass(frozen=True)
class Output:
    """What a git command answered."""

    code: int
    stdout: str
    stderr: str


async def git(*arguments: str, cwd: Path, remote: bool = False, stdin: str | None = None) -> str:
    """The standard output of `git arguments` in `cwd`. Raises GitFailed when it fails or takes too long."""
    output = await attempt(*arguments, cwd=cwd, remote=remote, stdin=stdin)
    if output.code != 0:
        said = scrub(output.stderr or output.stdout).strip()[-2_000:]
        raise GitFailed(f"git {arguments[0]} failed in {cwd.name}: {said or f'exit code {output.code}'}", output=said)
    return output.stdout


async def attempt(*arguments: str, cwd: Path, remote: bool = False, stdin: str | None = None) -> Output:
    """Like `git`, but a failure is an answer too; only a command that cannot run or never ends raises."""
    if fault := fault_in([*arguments, stdin or ""]):
        raise Invalid(f"git cannot be told this: the text {fault}.", code="bad_text")
    if not cwd.is_dir():
        raise GitFailed(f"The folder {cwd} is gone.", code="repository_gone")
    process = await asyncio.create_subprocess_exec(
        "git", *SAFETY, *arguments, cwd=cwd, env=_environment(remote=remote),
        stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    limit = REMOTE_SECONDS if remote else LOCAL_SECONDS
    try:
        async with asyncio.timeout(limit):
            out, err = await process.communicate(stdin.encode() if stdin is not None else None)
    except TimeoutError as error:
        raise GitFailed(f"git {arguments[0]} was stopped after {limit:.0f} s.", code="git_timeout") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Output(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))


def _environment(*, remote: bool) -> dict[str, str]:
    """Only what git needs. The user's own configuration is read for remotes (credentials), never for local work."""
    kept = ("PATH", "HOME", "SSH_AUTH_SOCK", "GIT_SSL_CAINFO", "SSL_CERT_FILE", "https_proxy", "http_proxy", "no_proxy")
    own = {name: os.environ[name] for name in kept if name in os.environ}
    quiet = {} if remote else {"GIT_CONFIG_GLOBAL": "/dev/null"}
    return own | quiet | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file:https:http:ssh:git",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=15",
        "GIT_EDITOR": "true",
        "LC_ALL": "C.UTF-8",
    }  # fmt: skip


def checked_remote(address: str) -> str:
    """`address` when git may be given it. Raises Invalid for options, odd protocols, passwords, control characters."""
    if WITH_PASSWORD.match(address) or scrub(address) != address:
        raise Invalid(
            "git_repo holds a password or token (user:…@, …@ or ?token=…), which everybody who sees the project would "
            "see. Leave it out of the address and give it to git on this machine: a credential helper, or an SSH key "
            "with an ssh:// address.",
            code="password_in_git_repo",
        )
    if address and not REMOTE_FORM.fullmatch(address):
        raise Invalid(
            f"git_repo {address!r} is not an address Loom clones from. Use https://, ssh://, git@host:path "
            "or the absolute path of a repository on this machine.",
            code="bad_git_repo",
        )
    return address


def checked_branch(name: str) -> str:
    """`name` when it is a legal branch name. Raises Invalid."""
    if not BRANCH_FORM.fullmatch(name):
        raise Invalid(f"branch {name!r} is not a legal git branch name.", code="bad_branch")
    return name
