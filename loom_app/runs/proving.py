"""The project's tests, run on what is about to land and before it does."""

import asyncio
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from loom_app.actions.clipping import fenced, printable
from loom_app.actions.runners import ENVIRONMENT
from loom_app.actions.verdicts import LISTING, Verdicts, named, read_output, read_reports, worse
from loom_app.config import Settings
from loom_app.git.worktree import Worktree
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid, Unavailable
from loom_app.kernel.keyforms import without_keys
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.runs.reaching import proxy_for
from loom_app.sandbox import commands
from loom_app.sandbox.outcome import CommandLimits, CommandOutcome
from loom_app.sandbox.trees import walk

TOLD = 1_200
"""How many characters of the output's end are told."""
LISTED = 8 << 20
"""How many bytes of a run's output are kept in which every test is named."""
TRIES, REST_SECONDS = 3, 10.0
"""How often tests are begun that the machine breaks off, and how long is waited in between."""
NO_REPORTS = (".git", "node_modules", ".venv")
UNNAMED = (
    "They fail without the work, too, but do not say by name which, so nobody can tell that it makes them no worse. "
    "Have them all pass, or have the test command name those that fail."
)


class NotLanded(Invalid):
    """Work that stays out as it is: `plain` says why to anybody, the message to the agent whose worktree has it all."""

    def __init__(self, plain: str, mend: str, *, code: str) -> None:
        super().__init__(f"{plain} {mend}", code=code)
        self.plain = plain


def limits_of(settings: Settings) -> CommandLimits:
    """What a command of a run may use."""
    wanted = settings.sandbox
    return CommandLimits(
        wall_seconds=wanted.wall_seconds, memory_bytes=wanted.memory_mb * 2**20, processes=wanted.processes,
        tree_bytes=wanted.worktree_mb * 2**20,
    )  # fmt: skip


async def prove(db: Database, project: Project, tree: Worktree, settings: Settings, before: str = "") -> None:
    """Runs the project's test command, confined, on the last commit of `tree`; what it leaves there is thrown away.

    Where tests fail on the project's branch already, or on `before`, which is told on the project, no others may fail
    and none may be hidden. Raises NotLanded with the end of the output when they fail otherwise or pass a limit.
    """
    await tree.discard()
    outcome = await _tested(project, tree.folder, settings)
    await tree.discard()
    if not _is_green(outcome):
        await _compare(db, project, tree, settings, outcome, before)
    elif project.branch_red:
        await _note(db, project, "")


async def _compare(
    db: Database, project: Project, tree: Worktree, settings: Settings, outcome: CommandOutcome, without: str
) -> None:
    """Raises NotLanded unless every test that fails with the work fails without it, too."""
    async with tree.before(without) as folder:
        is_green, before = await _listed(project, folder, settings)
    await _note(db, project, "" if is_green else _failing(before))
    if is_green:
        raise _red(project, outcome, "")
    if before is None:
        raise _red(project, outcome, UNNAMED)
    is_green, after = await _listed(project, tree.folder, settings)
    await tree.discard()
    if not is_green and (why := worse(before, after)):
        raise _red(project, outcome, f"{project.branch} fails by itself, but the work makes it worse. {why}")


async def _tested(project: Project, folder: Path, settings: Settings, **more: str) -> CommandOutcome:
    """The end of the tests; run again where the machine broke them off or could not begin, which is no verdict."""
    why = ""
    for _ in range(TRIES):
        try:
            outcome = await _run(project, folder, settings, more)
        except (Unavailable, BlockingIOError) as error:
            if isinstance(error, Unavailable) and error.code != "sandbox_failed":
                raise
            why = str(error)
        else:
            if not _was_cut_off(outcome):
                return outcome
            why = outcome.summary
        await asyncio.sleep(REST_SECONDS)
    raise Unavailable(
        f"Nothing landed: the project's tests were broken off {TRIES} times before they had ended. {why}",
        code="tests_cut_off",
    )


def _was_cut_off(outcome: CommandOutcome) -> bool:
    """Whether others ended it: the machine had no memory left, or somebody killed it from outside."""
    killed = outcome.ended == "exited" and outcome.signal == signal.SIGKILL
    return killed or outcome.ended == "machine"


async def _run(project: Project, folder: Path, settings: Settings, more: Mapping[str, str]) -> CommandOutcome:
    limits = replace(limits_of(settings), output_bytes=LISTED) if more else limits_of(settings)
    command, env = commands.shell(project.test_command), {**ENVIRONMENT, **more}
    proxy = proxy_for(settings, project)
    return await commands.run(
        command, root=folder, limits=limits, env=env, require=settings.sandbox.require,
        network=proxy.answer if proxy else None,
    )  # fmt: skip


async def _listed(project: Project, folder: Path, settings: Settings) -> tuple[bool, Verdicts | None]:
    """Whether the tests pass in `folder`, and which do and which do not; None where their names cannot be had."""
    began = time.time()
    outcome = await _tested(project, folder, settings, **LISTING)
    if outcome.ended != "exited":
        return False, None
    reports = await asyncio.to_thread(_reports, folder, began)
    return _is_green(outcome), read_reports(reports) or read_output(f"{outcome.stdout}\n{outcome.stderr}")


def _reports(folder: Path, since: float) -> list[Path]:
    """The XML files that were written in `folder` since then, in order."""
    found = []
    for place, folders, names in walk(folder):
        folders[:] = [name for name in folders if name not in NO_REPORTS]
        files = (Path(place, name) for name in names if name.endswith(".xml"))
        for file in files:
            with suppress(OSError):
                found += [file] if not file.is_symlink() and file.stat().st_mtime >= since - 1 else []
    return sorted(found)


def _is_green(outcome: CommandOutcome) -> bool:
    return outcome.ended == "exited" and outcome.exit_code == 0


def _failing(found: Verdicts | None) -> str:
    """Which tests fail on a branch, as people are told."""
    return f"{named(found.failed)}." if found else "which ones, its output does not say."


async def _note(db: Database, project: Project, red: str) -> None:
    async with db.write() as tx:
        await projects.note_branch(tx, project.id, red=red)


def _red(project: Project, outcome: CommandOutcome, why: str) -> NotLanded:
    output = without_keys(printable(f"{outcome.stdout}\n{outcome.stderr}".strip()))
    told = f"It ended with:\n{fenced(output[-TOLD:])}" if output else "It printed nothing."
    plain = (
        f"Nothing landed: on top of what is on {project.branch} now, the project's tests "
        f"({project.test_command[:200]}) do not pass. {outcome.summary[:300]} {why}".rstrip()
    )
    return NotLanded(
        f"{plain} {told}\n",
        "Mend that in your worktree, which has all of it, then answer done again.",
        code="tests_red",
    )
