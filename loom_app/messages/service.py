"""Messages between agents of one project: sent by a run, told in the other's next turn, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import roles
from loom_app.agents import service as agents
from loom_app.agents.models import AgentStatus
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.messages import repository
from loom_app.messages.models import Message, MessageType

MOST_SENT = 10
"""How many messages one run may send."""
MOST_WAITING = 20
"""How many may wait for one agent."""
MOST_AT_ONCE = 5
"""How many an agent is told in one turn; the others follow in the next."""
MOST_NAMED = 20
KEPT = timedelta(days=90)
BUSY_FIRST = {AgentStatus.WORKING: 0, AgentStatus.IDLE: 1, AgentStatus.PAUSED: 2}
"""Who of several is meant by a role: whoever hears it first."""


@dataclass(frozen=True)
class Sender:
    """The run that speaks, and for whom."""

    run_id: str
    bead_id: str
    project_id: str
    actor: Actor


@dataclass(frozen=True)
class Draft:
    """A message as an agent wants it sent, to an agent by id or name, or to a role."""

    type: MessageType
    to_agent_id: str = ""
    to_role: str = ""
    subject: str = ""
    body: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    reply_to: str = ""


async def send(tx: AsyncSession, sender: Sender, draft: Draft) -> Message:
    """Has a colleague told in its next turn; that starts no run. An answer goes to whoever is answered.

    Raises NotFound for an agent or role there is not, naming those there are, Invalid for oneself and for nothing
    said, Conflict when the run has sent as many as it may or as many wait for the colleague.
    """
    if not (draft.subject.strip() or draft.body.strip() or draft.payload):
        raise Invalid("The message says nothing. Give message_subject or message_body.", code="message_empty")
    asked = await _asked(tx, sender, draft.reply_to)
    if asked is not None and not (draft.to_agent_id or draft.to_role):
        draft = replace(draft, to_agent_id=asked.from_agent_id)
    to = await _addressee(tx, sender, draft)
    if await repository.sent_by(tx, sender.run_id) >= MOST_SENT:
        raise Conflict(
            f"This run has sent {MOST_SENT} messages, the most it may. Go on with the bead; say the rest in done.",
            code="too_many_messages",
        )
    if await repository.waiting_for(tx, to.id) >= MOST_WAITING:
        raise Conflict(
            f"{MOST_WAITING} messages wait for {to.name} already, who hears them when it works next. Go on without.",
            code="inbox_full",
        )
    message = Message(
        id=new_id("msg"), project_id=sender.project_id, bead_id=sender.bead_id, run_id=sender.run_id,
        from_agent_id=sender.actor.id, to_agent_id=to.id, to_role="" if draft.to_agent_id else to.role,
        type=draft.type, subject=draft.subject.strip(), body=draft.body.strip(), payload=dict(draft.payload),
        reply_to=asked.id if asked is not None else "",
    )  # fmt: skip
    tx.add(message)
    await tx.flush()
    _tell(tx, "message.sent", message, sender.actor, to=to.name)
    return message


async def notify(tx: AsyncSession, project_id: str, to_agent_id: str, *, subject: str, body: str, about: str) -> bool:
    """Has Loom itself tell an agent something in its next turn; `about` is a bead or empty. That starts no run.

    False when as many messages wait for the agent as may; then it is not told.
    """
    if await repository.waiting_for(tx, to_agent_id) >= MOST_WAITING:
        return False
    message = Message(
        id=new_id("msg"), project_id=project_id, bead_id=about, run_id="", from_agent_id="", to_agent_id=to_agent_id,
        type=MessageType.NOTIFICATION, subject=subject[:300], body=body,
    )  # fmt: skip
    tx.add(message)
    await tx.flush()
    return True


async def due(tx: AsyncSession, agent_id: str, *, run_id: str, bead_id: str, turn: int) -> Sequence[Message]:
    """What the agent is told in this turn of its run: noted as told, so that no other turn has it again."""
    found = await repository.waiting(tx, agent_id, MOST_AT_ONCE)
    for message in found:
        message.delivered_run_id, message.delivered_turn = run_id, turn
        message.delivered_bead_id, message.delivered_at = bead_id, now()
        _tell(tx, "message.delivered", message, SYSTEM, heard_in=run_id, turn=turn)
    return found


async def give_back(tx: AsyncSession, run_id: str, answered: int) -> None:
    """Has what was told in turns of an ended run that the model never answered be told again, in the next run."""
    await repository.give_back(tx, run_id, answered)


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | None], *, limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """The messages `actor` sees, newest first, and how many match in all."""
    return await repository.page(tx, actor, asked, limit=limit, offset=offset)


async def get(tx: AsyncSession, message_id: str, *, actor: Actor = SYSTEM) -> Message:
    """The message, if `actor` sees its project. Raises NotFound."""
    found = await repository.get(tx, message_id)
    if found is None or not actor.sees(found.project_id):
        raise NotFound(
            f"There is no message {message_id[:100]!r}. GET /api/v1/messages lists them.", code="message_not_found"
        )
    return found


async def overdue(tx: AsyncSession) -> bool:
    """Whether messages are old enough to be forgotten."""
    return await repository.any_before(tx, now() - KEPT)


async def forget_old(tx: AsyncSession) -> None:
    """Forgets messages older than 90 days, heard or not."""
    await repository.forget(tx, now() - KEPT)


async def team_names(tx: AsyncSession, project_id: str) -> Mapping[str, str]:
    """What the project's agents are called, by id."""
    return {row.id: f"{row.name} ({row.role})" for row in await agents.of_project(tx, project_id)}


async def _asked(tx: AsyncSession, sender: Sender, message_id: str) -> Message | None:
    """The message that is answered, if it was one to the sender."""
    found = await repository.get(tx, message_id) if message_id else None
    mine = found is not None and (found.project_id, found.to_agent_id) == (sender.project_id, sender.actor.id)
    return found if mine else None


async def _addressee(tx: AsyncSession, sender: Sender, draft: Draft) -> Any:
    """The one colleague that is meant; of several with the role whoever is at work, else the longest idle."""
    everybody = await agents.of_project(tx, sender.project_id)
    others = [one for one in everybody if one.id != sender.actor.id and one.status != AgentStatus.COMPLETE]
    wanted = (draft.to_agent_id or draft.to_role).strip()
    if draft.to_agent_id:
        exact = [one for one in others if one.id == wanted]
        named = exact or [one for one in others if roles.plain(one.name) == roles.plain(wanted)]
        if len(named) > 1:
            ids = ", ".join(one.id for one in named)
            raise Invalid(f"{wanted!r} could be {ids}. Name one of them by id.", code="ambiguous_recipient")
        if named:
            return named[0]
    role = roles.meant(wanted, (one.role for one in others))
    meant = [one for one in others if role and one.role == role]
    if not meant:
        raise _nobody(sender, draft, wanted, others)
    return min(meant, key=lambda one: BUSY_FIRST[one.status])


def _nobody(sender: Sender, draft: Draft, wanted: str, others: Sequence[Any]) -> NotFound | Invalid:
    if wanted in (sender.actor.id, sender.actor.name):
        return Invalid("That is you. Name a colleague.", code="message_to_oneself")
    if not others:
        return NotFound("You have no colleagues in this project. Use ask_followup to ask a person.", code="no_team")
    names = [f"{one.name} ({one.id}, {one.role})" for one in others[:MOST_NAMED]]
    more = f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    what = "agent" if draft.to_agent_id else "colleague with the role"
    return NotFound(
        f"There is no {what} {wanted[:100]!r} in this project. Your colleagues: {', '.join(names)}{more}.",
        code="no_such_colleague",
    )


def _tell(tx: AsyncSession, type_: str, message: Message, actor: Actor, **more: Any) -> None:
    data = {
        "message_id": message.id, "run_id": message.run_id, "from_agent_id": message.from_agent_id,
        "to_agent_id": message.to_agent_id, "type": message.type, "subject": message.subject, **more,
    }  # fmt: skip
    append(tx, type_, actor=actor, project_id=message.project_id, subject_id=message.bead_id, data=data)
