"""Every program that an agent has run passes here: judged before, recorded with its risk, without keys afterwards."""

import asyncio
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from loom_app.actions.context import LeaveNeeded
from loom_app.config import Settings
from loom_app.decisions import command_answers
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden
from loom_app.kernel.keyforms import without_keys
from loom_app.projects import command_rules
from loom_app.projects.models import Project
from loom_app.runs.reaching import proxy_for
from loom_app.runs.workplace import Job
from loom_app.sandbox import commands
from loom_app.sandbox.outcome import CommandLimits, CommandOutcome
from loom_app.sandbox.policy.risk import assess
from loom_app.sandbox.policy.rules import Rule, Ruling, courses, judge, of_settings

OWN_TESTS = "It is the project's own test command."
INSTEAD = "Do without it, or reach what it was for in another way; ask_followup asks people what they want."


@dataclass(frozen=True)
class GuardedRunner:
    """Runs programs in the worktree `root` of one run, as far as rules, their risk and people let it."""

    db: Database
    settings: Settings
    job: Job
    root: Path
    clean: Callable[[str], str] = without_keys

    async def __call__(
        self, argv: Sequence[str], *, cwd: str = ".", limits: CommandLimits, env: Mapping[str, str]
    ) -> CommandOutcome:
        """Runs one. Raises Forbidden for what is refused and LeaveNeeded where people are to be asked first."""
        ruling = await self._ruling(list(argv))
        if ruling.course == "refuse":
            said = f"The command was not run. {ruling.rule} {INSTEAD}"
            raise Forbidden(said, code="command_refused", risk=ruling.risk, rule=ruling.rule)
        require = self.settings.sandbox.require
        proxy = proxy_for(self.settings, self.job.project, self.job.run.id)
        outcome = await commands.run(
            argv, root=self.root, cwd=cwd, limits=limits, env=env, require=require,
            network=proxy.answer if proxy else None,
        )  # fmt: skip
        network = proxy.told() if proxy else ()
        out, err = await asyncio.to_thread(lambda: (self.clean(outcome.stdout), self.clean(outcome.stderr)))
        return replace(outcome, stdout=out, stderr=err, risk=ruling.risk, rule=ruling.rule, network=network)

    async def _ruling(self, argv: list[str]) -> Ruling:
        line = command_line(argv)
        ruling = await ruling_of(self.db, self.settings, self.job.project, self.job.agent.role, argv, self.root)
        return await self._by_people(line, ruling) if ruling.course == "ask" else ruling

    async def _by_people(self, line: str, ruling: Ruling) -> Ruling:
        """The ruling after what people said of the command in the work on this bead. Raises LeaveNeeded."""
        async with self.db.write() as tx:
            said = await command_answers.leave(tx, self.job.bead.id, line, ruling.patterns)
            if said is None:
                raise LeaveNeeded(line, ruling)
            if said.decision == command_answers.REFUSE:
                rule = f"Such a command was refused by people: {said.rationale or said.decision} (decision {said.id})."
                return replace(ruling, course="refuse", rule=rule)
            command_answers.use(said, self.job.run.id)
            return replace(ruling, course="run", rule=f"People allowed it this once (decision {said.id}).")


async def ruling_of(
    db: Database, settings: Settings, project: Project, role: str, argv: Sequence[str], root: Path
) -> Ruling:
    """What the rules of all projects and of this one say to a command of somebody with the role in `root`."""
    assessment = await asyncio.to_thread(assess, argv, root)
    if project.test_command and list(argv) == commands.shell(project.test_command):
        return Ruling("run", assessment.worst.risk, OWN_TESTS)
    async with db.read() as tx:
        own = await command_rules.rules(tx, project.id)
    rules = [Rule(row.pattern, row.allowed, tuple(row.roles)) for row in own]
    confined = (await asyncio.to_thread(commands.confinement)).kind == "bubblewrap"
    wanted = settings.sandbox.commands
    of_all = of_settings(wanted)
    return judge(command_line(argv), assessment, [*of_all, *rules], role, courses(wanted, confined=confined))


def command_line(argv: Sequence[str]) -> str:
    """A command as people write it."""
    return argv[2] if list(argv[:2]) == commands.shell("")[:2] and len(argv) == 3 else shlex.join(argv)
