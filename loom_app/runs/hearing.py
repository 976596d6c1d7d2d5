"""What a turn's prompt begins with: what colleagues wrote, what became of instructions; each in one turn alone."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.messages import service as messages
from loom_app.messages.wording import told
from loom_app.runs.workplace import Job
from loom_app.temporal_language.telling import with_results


async def with_messages(tx: AsyncSession, job: Job, turn: int, prompt: str) -> str:
    """`prompt` with what waits for the agent; noted as told in the transaction that writes the turn."""
    found = await messages.due(tx, job.agent.id, run_id=job.run.id, bead_id=job.bead.id, turn=turn)
    if not found:
        return prompt
    return f"{told(found, await messages.team_names(tx, job.project.id))}\n\n{prompt}"


async def with_news(tx: AsyncSession, job: Job, turn: int, prompt: str) -> str:
    """`prompt` with what waits for the agent and what its instructions brought."""
    return await with_messages(tx, job, turn, await with_results(tx, job.run.id, prompt))


async def colleagues(tx: AsyncSession, job: Job) -> tuple[str, ...]:
    """The others who can be spoken to, as a model is told of them."""
    team = await agents.of_project(tx, job.project.id)
    return tuple(
        f"{one.name} ({one.role}, {one.id})" for one in team if one.id != job.agent.id and one.status != "complete"
    )
