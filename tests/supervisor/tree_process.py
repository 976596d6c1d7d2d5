"""A supervisor of programs that a test made up: python -m tests.supervisor.tree_process DATA_DIR PROGRAMS_AS_JSON."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from loom_app.supervisor.output import Console
from loom_app.supervisor.program import Check, Program
from loom_app.supervisor.tree import Tree
from loom_app.supervisor.up import obey


def program(given: dict[str, Any]) -> Program:
    """A Program from JSON, where `ready` names a file that appears and `argv` may be Python source."""
    argv = given.pop("argv", None) or [sys.executable, "-c", given.pop("python")]
    after = tuple(given.pop("after", ()))
    once_ready = tuple(given.pop("once_ready", ()))
    ready = exists(Path(given.pop("ready"))) if "ready" in given else None
    switch = Path(given.pop("switch")) if "switch" in given else None
    return Program(argv=tuple(argv), ready=ready, switch=switch, after=after, once_ready=once_ready, **given)


def exists(file: Path) -> Check:
    """A check that the file is there."""

    async def check() -> bool:
        return file.exists()

    return check


async def main(data_dir: Path, programs: list[Program]) -> None:
    """Supervises until a signal."""
    stop, console = asyncio.Event(), Console()
    tree = Tree(programs, data_dir=data_dir, cwd=data_dir, console=console)
    obey(stop, tree)
    await tree.run(stop)
    console.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), [program(given) for given in json.loads(sys.argv[2])]))
