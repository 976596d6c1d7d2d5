"""The project's tests, run on what is about to land and before it does."""

from loom_app.actions.clipping import fenced, printable
from loom_app.actions.commands import ENVIRONMENT
from loom_app.config import Settings
from loom_app.git.worktree import Worktree
from loom_app.kernel.errors import Invalid
from loom_app.projects.models import Project
from loom_app.sandbox import commands
from loom_app.sandbox.outcome import CommandLimits, CommandOutcome

TOLD = 1_200
"""How many characters of the output's end are told."""


def limits_of(settings: Settings) -> CommandLimits:
    """What a command of a run may use."""
    wanted = settings.sandbox
    return CommandLimits(
        wall_seconds=wanted.wall_seconds, memory_bytes=wanted.memory_mb * 2**20, processes=wanted.processes
    )


async def prove(project: Project, tree: Worktree, settings: Settings) -> None:
    """Runs the project's test command, confined, on the last commit of `tree`; what it leaves there is thrown away.

    Raises Invalid with the end of its output when it fails or passes a limit.
    """
    await tree.discard()
    command = commands.shell(project.test_command)
    outcome = await commands.run(
        command, root=tree.folder, limits=limits_of(settings), env=ENVIRONMENT, require=settings.sandbox.require
    )
    await tree.discard()
    if outcome.ended != "exited" or outcome.exit_code != 0:
        raise _red(project.test_command, project.branch, outcome)


def _red(command: str, branch: str, outcome: CommandOutcome) -> Invalid:
    output = printable(f"{outcome.stdout}\n{outcome.stderr}".strip())
    told = f"It ended with:\n{fenced(output[-TOLD:])}" if output else "It printed nothing."
    return Invalid(
        f"Nothing landed: on top of what is on {branch} now, the project's tests ({command[:200]}) do not pass. "
        f"{outcome.summary[:300]} {told}\nMend that in your worktree, which has all of it, then answer done again.",
        code="tests_red",
    )
