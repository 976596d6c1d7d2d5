"""A text tried for one agent without doing anything: besides its rights, what its project has, and the bounds."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent, AgentStatus
from loom_app.config import TemporalLanguage
from loom_app.kernel.errors import LoomError
from loom_app.temporal_language import checking, durations, repository, schedules
from loom_app.temporal_language.engine import handle_in, nothing_called
from loom_app.temporal_language.executing import beyond
from loom_app.temporal_language.grammar import OF_A_WORKFLOW, Instruction, Kind
from loom_app.temporal_language.parser import parse
from loom_app.temporal_language.schemas import Checked


async def check_for(tx: AsyncSession, text: str, agent: Agent, of: TemporalLanguage) -> Checked:
    """What would become of `text` if `agent` replied it now, outside of work that a schedule began."""
    checked, parsed = checking.check(text, agent.persona_name, of), parse(text)
    earlier: set[str] = set()
    for told, each in zip(checked.instructions, parsed.instructions, strict=True):
        if told.allowed:
            would, reason = await _tried(tx, each, agent, of, earlier)
            told.would, told.reason, told.allowed = would or told.would, reason, not reason
        if told.allowed:
            earlier.add(str(each.keys.get("WORKFLOW_ID", each.name)))
    checked.ok = checking.is_sound(checked.instructions, checked.errors)
    return checked


async def _tried(
    tx: AsyncSession, each: Instruction, agent: Agent, of: TemporalLanguage, earlier: set[str]
) -> tuple[str, str]:
    """What it would do where that hangs on what there is, and why it would be refused. `earlier` names the text's."""
    if agent.status == AgentStatus.COMPLETE:
        return "", f"{agent.name} has left the team."
    if reason := await beyond(tx, each, agent.project_id, agent.id, of):
        return "", reason
    if each.kind == Kind.SCHEDULE:
        return await _timed(tx, each, agent, of)
    found = each.kind not in OF_A_WORKFLOW or each.name in earlier
    return ("", "") if found else await _named(tx, each, agent)


async def _named(tx: AsyncSession, each: Instruction, agent: Agent) -> tuple[str, str]:
    timed = await repository.schedule(tx, agent.project_id, each.name)
    if timed is not None and each.kind != Kind.SIGNAL:
        does = "Ends" if each.kind == Kind.CANCEL else "Tells of"
        return f"{does} the schedule {timed.name} of {timed.agent_name}.", ""
    started = await repository.started(tx, agent.project_id, handle_in(agent.project_id, each.name))
    return "", "" if started is not None else nothing_called(each.name)


async def _timed(tx: AsyncSession, each: Instruction, agent: Agent, of: TemporalLanguage) -> tuple[str, str]:
    row = await repository.schedule(tx, agent.project_id, each.name)
    try:
        await schedules.check_set_up(tx, row, agent.project_id, agent.id, of)
    except LoomError as error:
        return "", error.message
    if row is None:
        return "", ""
    workflow, every = each.keys.get("TYPE", each.name), durations.written(int(each.keys["INTERVAL"]))
    was = f"{row.workflow} every {durations.written(row.interval)}"
    rests = f" It stays paused, as {row.paused_by} left it." if row.paused_at is not None else ""
    return f"Changes the schedule {row.name} from {was} to {workflow} every {every}.{rests}", ""
