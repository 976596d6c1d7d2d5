"""What a run says to colleagues and gives to them: each effect and the action's record in one transaction, so once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.kinds.team import DelegateTask, SendAgentMessage
from loom_app.actions.team import SENT, delegated_words
from loom_app.agents import roles
from loom_app.agents import service as agents
from loom_app.agents.models import AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.decisions.deputies import UNFIT
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.messages import service as messages
from loom_app.messages.models import MessageType
from loom_app.runs import guard, repository
from loom_app.runs.models import ActionStatus, Run
from loom_app.runs.recording import record
from loom_app.runs.workplace import Job

MOST_DELEGATED = 5
"""How many tasks one run may delegate."""
DEEPEST = 3
"""How often work may be handed on: what was delegated so often is done by whoever has it."""
DEPTH = "delegation_depth"


class RunTeam:
    """The colleagues as the agent of one run reaches them."""

    def __init__(self, db: Database, settings: Settings, job: Job) -> None:
        self._db, self._settings, self._job = db, settings, job
        self._actor = agent_actor(job.agent.id, job.agent.name, job.run.project_id)

    async def send(self, message: SendAgentMessage, key: str) -> Mapping[str, Any]:
        """Has a colleague told in its next turn. Raises what `messages.send` raises."""
        draft = messages.Draft(
            type=MessageType(message.message_type), to_agent_id=message.to_agent_id, to_role=message.to_agent_role,
            subject=message.message_subject, body=message.message_body, payload=message.message_payload,
            reply_to=message.reply_to.strip(),
        )  # fmt: skip
        job = self._job
        async with self._db.write() as tx:
            await self._held(tx)
            sent = await messages.send(tx, messages.Sender(job.run.id, job.bead.id, job.project.id, self._actor), draft)
            facts = {
                "message_id": sent.id, "to_agent_id": sent.to_agent_id, "message_type": sent.type,
                "message_subject": sent.subject,
            }  # fmt: skip
            await record(tx, key, SENT, facts)
            return facts

    async def delegate(self, task: DelegateTask, key: str) -> tuple[Mapping[str, Any], bool]:
        """Files a part of the bead for a role, once per bead, title and role, however often that is begun anew.

        Raises NotFound for a role that nobody has, Conflict when the run has delegated as much as it may or the bead
        itself was handed on as often as work may be.
        """
        async with self._db.write() as tx:
            run = await self._held(tx)
            role = await self._role(tx, task.delegate_to_role)
            known = await self._delegated(tx, task.task_title, role)
            child = known or await self._file(tx, run, task, role)
            facts = {
                "child_bead_id": child.id, "parent_bead_id": self._parent(task), "delegate_to_role": role,
                "task_title": child.title, "task_priority": child.priority,
            }  # fmt: skip
            await record(tx, key, delegated_words(new=known is None), facts)
            return facts, known is None

    async def _file(self, tx: AsyncSession, run: Run, task: DelegateTask, role: str) -> Bead:
        depth = _depth(self._job.bead)
        if depth >= DEEPEST:
            raise Conflict(
                f"This work was handed on {DEEPEST} times already. Do it here, or use escalate_ceo if you cannot.",
                code="delegated_too_deep",
            )
        done = [a for a in await repository.actions(tx, run.id) if _delegated_by(a.type, a.status)]
        if len(done) >= MOST_DELEGATED:
            raise Conflict(
                f"This run has delegated {len(done)} tasks already, the most it may. Go on with the bead itself.",
                code="too_many_delegated",
            )
        bead = self._job.bead
        wanted = beads.draft(
            project_id=bead.project_id, title=task.task_title, description=task.task_description, type="task",
            priority=bead.priority if task.task_priority is None else task.task_priority, tags=[f"role:{role}"],
            parent=self._parent(task), context={"filed_by": self._job.agent.id, "filed_in": bead.id, DEPTH: depth + 1},
        )  # fmt: skip
        return await beads.create(tx, wanted, actor=self._actor)

    async def _delegated(self, tx: AsyncSession, title: str, role: str) -> Bead | None:
        known = await repository.filed_for(tx, self._job.bead, title)
        bead = await tx.get(Bead, known) if known else None
        return bead if bead is not None and f"role:{role}" in bead.tags else None

    async def _role(self, tx: AsyncSession, said: str) -> str:
        team = await agents.of_project(tx, self._job.project.id)
        known = {one.role for one in team if one.role not in UNFIT and one.status != AgentStatus.COMPLETE}
        role = roles.meant(said, known)
        if not role:
            raise NotFound(
                f"Nobody in this project takes work as {said[:100]!r}. The roles there are: "
                f"{', '.join(sorted(known)) or 'none'}.",
                code="no_such_role",
            )
        return role

    def _parent(self, task: DelegateTask) -> str:
        return task.parent_bead_id.strip() or self._job.bead.id

    async def _held(self, tx: AsyncSession) -> Run:
        return await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)


def _depth(bead: Bead) -> int:
    found = bead.context.get(DEPTH)
    return found if isinstance(found, int) else 0


def _delegated_by(type_: str, status: str) -> bool:
    return type_ == "delegate_task" and status == ActionStatus.EXECUTED
