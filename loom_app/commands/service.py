"""The rules of people's commands: judged as an agent's, never run without the walls, kept without keys."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.clipping import clip, printable
from loom_app.actions.runners import ENVIRONMENT
from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.commands import repository
from loom_app.commands.models import Command
from loom_app.commands.place import worktree
from loom_app.commands.schemas import CommandRequest, CommandView
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden, Invalid, LoomError, NotFound
from loom_app.kernel.ids import new_id
from loom_app.kernel.keyforms import without_keys
from loom_app.runs import commanded
from loom_app.runs import service as runs
from loom_app.runs.leave import ruling_of
from loom_app.runs.proving import limits_of
from loom_app.sandbox import commands
from loom_app.sandbox.outcome import CommandOutcome
from loom_app.source.place import Place, at

KEPT = timedelta(days=90)
KEPT_CHARACTERS = 20_000


@dataclass(frozen=True)
class _Asked:
    """What is to run where."""

    agent: Agent
    place: Place


async def execute(db: Database, settings: Settings, wanted: CommandRequest, *, actor: Actor) -> CommandView:
    """Runs a command and keeps what became of it, also when it was refused.

    Raises NotFound, Invalid for things of different projects, Conflict while the project has no copy, Forbidden for
    what the rules refuse or want leave for, and Unavailable without a sandbox.
    """
    asked = await _asked(db, wanted, actor)
    row = Command(
        id=new_id("cmd"), project_id=asked.place.project.id, bead_id=wanted.bead_id, agent_id=asked.agent.id,
        user_id=actor.id, user_name=actor.name, command=without_keys(wanted.command),
        working_dir=wanted.working_dir, context=wanted.context, started_at=now(),
    )  # fmt: skip
    try:
        outcome = await _run(db, settings, wanted, asked, row)
    except LoomError as error:
        row.error, row.completed_at = error.message, now()
        await _keep(db, row, actor)
        error.extra["command_id"] = row.id
        raise
    _note(row, outcome)
    await _keep(db, row, actor)
    return CommandView.of(row)


async def get(tx: AsyncSession, command_id: str, *, actor: Actor) -> CommandView:
    """A command of a person or an agent, if `actor` sees its project. Raises NotFound."""
    row = await repository.get(tx, command_id)
    if row is not None and actor.sees(row.project_id):
        return CommandView.of(row)
    found = None if row else await commanded.one(tx, command_id, actor)
    if found is None:
        raise NotFound(
            f"There is no command {command_id[:100]!r}. GET /api/v1/commands lists them.", code="command_not_found"
        )
    return CommandView.of_run(found)


async def page(
    tx: AsyncSession, actor: Actor, limit: int, offset: int, **narrowed: str | None
) -> tuple[Sequence[CommandView], int]:
    """The commands `actor` may know of, the newest first, and how many there are."""
    own, of_people = await repository.newest(tx, actor, narrowed, limit + offset)
    theirs, of_agents = await commanded.newest(tx, actor, narrowed, limit + offset)
    keys = sorted([*own, *theirs], reverse=True)[offset : offset + limit]
    return [await get(tx, key, actor=actor) for _, key in keys], of_people + of_agents


async def _asked(db: Database, wanted: CommandRequest, actor: Actor) -> _Asked:
    async with db.read() as tx:
        agent = await agents.get(tx, wanted.agent_id, actor=actor)
        project_id = wanted.project_id or agent.project_id
        branch = ""
        if wanted.bead_id:
            bead = await beads.get(tx, wanted.bead_id, actor=actor)
            latest, _ = await runs.page(tx, actor, limit=1, offset=0, bead_id=bead.id)
            branch = latest[0].branch if latest else ""
        if project_id != agent.project_id or (wanted.bead_id and bead.project_id != project_id):
            raise Invalid("Agent, bead and project do not belong together.", code="other_project")
    try:
        return _Asked(agent, await at(db, project_id, branch, actor))
    except NotFound as error:
        if error.code != "no_such_ref" or not branch:
            raise
        return _Asked(agent, await at(db, project_id, "", actor))


async def _run(db: Database, settings: Settings, wanted: CommandRequest, asked: _Asked, row: Command) -> CommandOutcome:
    argv = commands.shell(wanted.command)
    async with worktree(settings, asked.place, row.id) as folder:
        ruling = await ruling_of(db, settings, asked.place.project, asked.agent.role, argv, folder)
        row.risk, row.rule = ruling.risk, ruling.rule
        if ruling.course != "run":
            allow = f"An owner may allow {', '.join(map(repr, ruling.patterns))} by a rule of the project."
            raise Forbidden(
                f"The command was not run. {ruling.rule} {allow if ruling.patterns else ''}".rstrip(),
                code="command_refused", risk=ruling.risk, rule=ruling.rule,
            )  # fmt: skip
        limits = limits_of(settings)
        limits = replace(limits, wall_seconds=min(limits.wall_seconds, wanted.timeout_seconds))
        return await commands.run(
            argv, root=folder, cwd=wanted.working_dir, limits=limits, env=ENVIRONMENT, require=settings.sandbox.require
        )


def _note(row: Command, outcome: CommandOutcome) -> None:
    row.exit_code, row.duration_ms, row.completed_at = outcome.exit_code, outcome.duration_ms, now()
    row.success = outcome.ended == "exited" and outcome.exit_code == 0
    row.error = "" if row.success else outcome.summary
    row.stdout, row.stderr = _kept(outcome.stdout), _kept(outcome.stderr)


def _kept(text: str) -> str:
    return clip(without_keys(printable(text)), KEPT_CHARACTERS)


async def _keep(db: Database, row: Command, actor: Actor) -> None:
    data = {
        "command": row.command[:200], "exit_code": row.exit_code, "risk": row.risk, "agent_id": row.agent_id,
        "success": row.success,
    }  # fmt: skip
    async with db.write() as tx:
        tx.add(row)
        await tx.flush()
        tx.expunge(row)
        append(tx, "command.executed", actor=actor, project_id=row.project_id, subject_id=row.id, data=data)
        await repository.forget(tx, now() - KEPT)
