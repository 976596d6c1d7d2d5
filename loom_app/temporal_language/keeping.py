"""What agents ask for, kept before anything of it is done: once for each reply, each instruction of a persona."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent
from loom_app.config import TemporalLanguage
from loom_app.events.service import append
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.ids import new_id
from loom_app.kernel.keyforms import without_keys
from loom_app.personas.models import Persona
from loom_app.temporal_language import blocks, repository, schedules
from loom_app.temporal_language.grammar import Fault, Instruction, Kind
from loom_app.temporal_language.models import InstructionStatus, Source, TemporalExecution, TemporalInstruction
from loom_app.temporal_language.parser import Parsed, parse, render

Clean = Callable[[str], str]
"""A text without secrets."""
UNTAKEN = {Source.REPLY: InstructionStatus.PENDING, Source.PERSONA: InstructionStatus.WAITING}
"""A reply's instructions are carried out with its turn; nobody else is at those of a persona."""


@dataclass(frozen=True)
class Found:
    """Where instructions were found, and whose they are."""

    cause: str
    source: Source
    project_id: str
    agent_id: str
    agent_name: str
    role: str
    run_id: str = ""
    turn: int = 0
    bead_id: str = ""
    depth: int = 0


async def keep(
    tx: AsyncSession, found: Found, parsed: Parsed, of: TemporalLanguage, clean: Clean = without_keys
) -> None:
    """Keeps the instructions and faults of a text, without secrets, to be seen to, unless they are kept."""
    if not (parsed.instructions or parsed.faults or parsed.remarks) or await repository.is_kept(tx, found.cause):
        return
    parsed = cleaned(parsed, clean)
    faults = [*parsed.faults, *parsed.remarks, *_too_many(parsed.instructions, of.most_per_reply)]
    execution = TemporalExecution(id=new_id("tex"), **asdict(found), faults=[asdict(fault) for fault in faults])
    tx.add(execution)
    await tx.flush()
    for position, each in enumerate(parsed.instructions[: of.most_per_reply]):
        tx.add(_row(execution, position, each))
    data = {"execution_id": execution.id, "source": found.source, "instructions": len(parsed.instructions),
            "faults": len(faults), "run_id": found.run_id}  # fmt: skip
    actor = agent_actor(found.agent_id, found.agent_name, found.project_id)
    subject = found.bead_id or found.agent_id
    append(tx, "temporal.instructed", actor=actor, project_id=found.project_id, subject_id=subject, data=data)


def cleaned(parsed: Parsed, clean: Clean) -> Parsed:
    """What was asked for, with every text in it as `clean` leaves it."""
    return replace(
        parsed,
        instructions=[
            replace(each, name=clean(each.name), keys=_cleaned(each.keys, clean)) for each in parsed.instructions
        ],
        faults=[replace(fault, message=clean(fault.message)) for fault in parsed.faults],
        remarks=[replace(fault, message=clean(fault.message)) for fault in parsed.remarks],
    )


def _cleaned(value: Any, clean: Clean) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(key): _cleaned(inner, clean) for key, inner in value.items()}
    return [_cleaned(inner, clean) for inner in value] if isinstance(value, list) else value


async def keep_of_persona(
    tx: AsyncSession, agent: Agent, persona: Persona, of: TemporalLanguage, clean: Clean = without_keys
) -> None:
    """Keeps what the agent's persona asks for, each instruction once; schedules it no longer asks for end."""
    parsed = parse(persona.instructions)
    for each in parsed.instructions[: of.most_per_reply]:
        await keep(tx, _of_persona(agent, render([each])), Parsed([each]), of, clean)
    if parsed.faults:
        said = "\n".join(str(fault) for fault in parsed.faults)
        await keep(tx, _of_persona(agent, said), Parsed(faults=parsed.faults), of, clean)
    asked = {each.name for each in parsed.instructions if each.kind == Kind.SCHEDULE}
    for row in await repository.live_schedules(tx, agent_id=agent.id):
        if row.source == Source.PERSONA and row.name not in asked:
            schedules.end(tx, row, "The persona no longer asks for it.")


def asks(persona: Persona) -> bool:
    """Whether the persona may ask for something."""
    return blocks.may_hold(persona.instructions)


async def with_persona_schedules(tx: AsyncSession) -> set[str]:
    """The agents who have schedules because of their persona."""
    return {row.agent_id for row in await repository.live_schedules(tx) if row.source == Source.PERSONA}


def _of_persona(agent: Agent, said: str) -> Found:
    digest = hashlib.sha256(said.encode()).hexdigest()[:24]
    return Found(f"persona/{agent.id}/{digest}", Source.PERSONA, agent.project_id, agent.id, agent.name, agent.role)


def _row(execution: TemporalExecution, position: int, each: Instruction) -> TemporalInstruction:
    return TemporalInstruction(
        id=new_id("tin"), execution_id=execution.id, position=position, project_id=execution.project_id,
        agent_id=execution.agent_id, kind=each.kind, name=each.name, keys=dict(each.keys), line=each.line,
        column=each.column, status=UNTAKEN[Source(execution.source)],
    )  # fmt: skip


def _too_many(instructions: Sequence[Instruction], most: int) -> list[Fault]:
    beyond = instructions[most:]
    if not beyond:
        return []
    message = f"Only the first {most} instructions of a text are carried out; this and what follows is not."
    return [Fault(beyond[0].line, beyond[0].column, message)]
