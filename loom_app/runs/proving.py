"""The project's tests, run on what is about to land and before it does."""

from pathlib import Path

from loom_app.actions.clipping import fenced, printable
from loom_app.actions.commands import ENVIRONMENT
from loom_app.actions.counting import Counts, count_tests
from loom_app.config import Settings
from loom_app.git.worktree import Worktree
from loom_app.kernel.errors import Invalid
from loom_app.projects.models import Project
from loom_app.sandbox import commands
from loom_app.sandbox.outcome import CommandLimits, CommandOutcome

TOLD = 1_200
"""How many characters of the output's end are told."""


class NotLanded(Invalid):
    """Work that stays out as it is: `plain` says why to anybody, the message to the agent whose worktree has it all."""

    def __init__(self, plain: str, mend: str, *, code: str) -> None:
        super().__init__(f"{plain} {mend}", code=code)
        self.plain = plain


def limits_of(settings: Settings) -> CommandLimits:
    """What a command of a run may use."""
    wanted = settings.sandbox
    return CommandLimits(
        wall_seconds=wanted.wall_seconds, memory_bytes=wanted.memory_mb * 2**20, processes=wanted.processes
    )


async def prove(project: Project, tree: Worktree, settings: Settings) -> None:
    """Runs the project's test command, confined, on the last commit of `tree`; what it leaves there is thrown away.

    Where tests fail on the project's branch already, no more of them may fail and no fewer pass. Raises Invalid with
    the end of its output when it fails otherwise or passes a limit.
    """
    await tree.discard()
    outcome = await _tested(project, tree.folder, settings)
    await tree.discard()
    if not _is_green(outcome) and not await _was_as_red(project, tree, settings, outcome):
        raise _red(project.test_command, project.branch, outcome)


async def _tested(project: Project, folder: Path, settings: Settings) -> CommandOutcome:
    command = commands.shell(project.test_command)
    return await commands.run(
        command, root=folder, limits=limits_of(settings), env=ENVIRONMENT, require=settings.sandbox.require
    )


def _is_green(outcome: CommandOutcome) -> bool:
    return outcome.ended == "exited" and outcome.exit_code == 0


async def _was_as_red(project: Project, tree: Worktree, settings: Settings, outcome: CommandOutcome) -> bool:
    """Whether the branch was no better before, by the counts its tests print; not where they print none."""
    after = _counts(outcome)
    if after is None:
        return False
    async with tree.before() as folder:
        before = _counts(await _tested(project, folder, settings))
    return before is not None and after.failed <= before.failed and after.passed >= before.passed


def _counts(outcome: CommandOutcome) -> Counts | None:
    """What a red run counted; None where it did not come to its end or shows no failing test."""
    counts = count_tests("", f"{outcome.stdout}\n{outcome.stderr}") if outcome.ended == "exited" else None
    return counts if counts is not None and counts.failed else None


def _red(command: str, branch: str, outcome: CommandOutcome) -> NotLanded:
    output = printable(f"{outcome.stdout}\n{outcome.stderr}".strip())
    told = f"It ended with:\n{fenced(output[-TOLD:])}" if output else "It printed nothing."
    return NotLanded(
        f"Nothing landed: on top of what is on {branch} now, the project's tests ({command[:200]}) do not pass. "
        f"{outcome.summary[:300]} {told}",
        "Mend that in your worktree, which has all of it, then answer done again.",
        code="tests_red",
    )
