"""Git's own hand on a patch: the last judge of whether it fits, and all of it or nothing."""

import asyncio
import os
import tempfile
from pathlib import Path

from loom_app.kernel.errors import Conflict, Unavailable

_SECONDS = 30.0


async def git_apply(root: Path, patch: str) -> None:
    """Applies a patch with a/ and b/ prefixes and exact line numbers to the files under `root`. Raises Conflict."""
    with tempfile.TemporaryDirectory(prefix="loom-patch-") as directory:
        file = Path(directory, "change.patch")
        file.write_bytes(patch.encode())
        code, said = await _git(root, "apply", "--whitespace=nowarn", "--unidiff-zero", "-p1", "--", str(file))
    if code:
        reason = said.replace(str(file), "the patch").strip()[:1000]
        raise Conflict(f"The patch does not apply, and nothing was changed. Git says: {reason}", code="patch_failed")


async def _git(root: Path, *arguments: str) -> tuple[int, str]:
    """Runs git in `root` and no repository above it; answers its exit code and what it complained of."""
    env = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(root.parent),
    }
    try:
        process = await asyncio.create_subprocess_exec(
            *("git", "-c", "core.autocrlf=false", "-c", "core.fsmonitor=false", *arguments),
            cwd=root,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise Unavailable("git is not installed, so no patch can be applied. Use edit_code.", code="no_git") from None
    try:
        async with asyncio.timeout(_SECONDS):
            _, stderr = await process.communicate()
    except TimeoutError:
        raise Unavailable(f"git took more than {_SECONDS:.0f} s over the patch.", code="git_slow") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, stderr.decode(errors="replace")
