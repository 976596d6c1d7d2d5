"""A firing: the cause taken, the work filed, the agent told, the history and the event, all in one transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.beads.ready import PERSON_TAG
from loom_app.events.service import append, trying
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.errors import LoomError
from loom_app.kernel.ids import new_id
from loom_app.kernel.redaction import scrub
from loom_app.messages import service as messages
from loom_app.motivations import causes
from loom_app.motivations.models import MotivatedBead, Motivation, MotivationTrigger, TriggerResult
from loom_app.motivations.scene import Finding, Mate
from loom_app.motivations.telling import body_of, described, titled
from loom_app.motivations.templates import TEMPLATES, Template

FIRING_LOCK = 0x10_3B
"""On PostgreSQL one firing at a time: another worker's is seen whole or not at all."""
STIMULUS = "stimulus"
"""The tag of work that a firing filed."""
FOR_PEOPLE = frozenset({"ceo"})
"""Roles that people fill: their work waits for a person, and they read of a firing in the activity."""
LISTED = 20
"""How many causes of one firing its history names."""


async def fire(
    tx: AsyncSession, finding: Finding, moment: datetime, *, actor: Actor = SYSTEM
) -> MotivationTrigger | None:
    """Fires for what was found; None when another firing was for it already.

    Work that cannot be filed is an error in the history, and the cause is done with: it would fail again and again.
    """
    motivation = finding.motivation
    fired = MotivationTrigger(
        id=new_id("trg"), motivation_id=motivation.id, motivation_name=motivation.name, project_id=finding.place.id,
        cause=finding.cause, about=finding.about, triggered_at=moment, evidence=finding.evidence,
        triggered_by=actor.id if actor.is_person else "",
    )  # fmt: skip
    if not await _take(tx, finding, fired):
        return None
    await _act(tx, finding, fired)
    tx.add(fired)
    motivation.last_triggered_at, motivation.trigger_count = moment, motivation.trigger_count + 1
    await tx.flush()
    _tell(tx, motivation, fired, actor)
    return fired


async def _take(tx: AsyncSession, finding: Finding, fired: MotivationTrigger) -> bool:
    """Takes the cause; what only wakes takes all that waits with it, and tells of all at once."""
    pair, together = (fired.motivation_id, fired.project_id), finding.seq > 0 and not finding.motivation.create_bead
    more = [row.evidence for row in await causes.waiting(tx, pair, LISTED)] if together else []
    taken = await causes.claim(
        tx,
        {
            "motivation_id": pair[0], "project_id": pair[1], "cause": finding.cause, "trigger_id": fired.id,
            "seq": finding.seq, "times": 1, "evidence": finding.evidence, "at": fired.triggered_at,
        },
        together=together,
    )  # fmt: skip
    if len(more) > 1:
        fired.evidence = {**finding.evidence, "causes": taken, "all": more}
    return taken > 0


async def _act(tx: AsyncSession, finding: Finding, fired: MotivationTrigger) -> None:
    mates = finding.place.meant(finding.motivation)
    if not mates:
        fired.result = TriggerResult.NO_TARGET
        fired.error = (
            f"Nobody in {finding.place.name} has the role {finding.motivation.agent_role}. Add an agent for it."
        )
        return
    if finding.motivation.create_bead:
        await _file(tx, finding, fired)
    if finding.motivation.wake_agent and fired.result in (TriggerResult.SUCCESS, TriggerResult.SKIPPED):
        await _wake(tx, finding, fired, min(mates, key=_hears_first))


def _hears_first(mate: Mate) -> tuple[int, str]:
    return ({"working": 0, "idle": 1, "paused": 2}.get(mate.status, 3), mate.id)


async def _file(tx: AsyncSession, finding: Finding, fired: MotivationTrigger) -> None:
    """Files the work, unless what an earlier firing filed about the same is not done yet."""
    known = await causes.open_bead(tx, (fired.motivation_id, fired.project_id), finding.about)
    if known:
        fired.result, fired.bead_created = TriggerResult.SKIPPED, known
        fired.error = f"{known}, which an earlier firing filed, is not done yet."
        return
    try:
        async with trying(tx):
            made = await beads.create(tx, _draft(finding, fired), actor=SYSTEM)
    except LoomError as error:
        fired.result, fired.error = TriggerResult.ERROR, error.message
        return
    tx.add(MotivatedBead(bead_id=made.id, trigger_id=fired.id))
    fired.bead_created = made.id


def _draft(finding: Finding, fired: MotivationTrigger) -> Any:
    motivation, place = finding.motivation, finding.place
    template = TEMPLATES.get(motivation.bead_template) or Template(motivation.name, motivation.description)
    roles = {mate.role for mate in place.meant(motivation)}
    tags = [*template.tags, STIMULUS, PERSON_TAG if roles & FOR_PEOPLE else f"role:{min(roles)}"]
    return beads.draft(
        title=titled(template, finding), project_id=place.id, type=template.type, priority=template.priority,
        description=described(template, finding), tags=tags, assigned_to=motivation.agent_id,
        context={"motivation_id": motivation.id, "trigger_id": fired.id, "cause": finding.cause},
    )  # fmt: skip


async def _wake(tx: AsyncSession, finding: Finding, fired: MotivationTrigger, mate: Mate) -> None:
    """Tells the agent in its next turn; one that is free hears it with the work it takes up next."""
    if mate.role in FOR_PEOPLE:
        fired.agent_woken = mate.id
        return
    subject = scrub(f"{finding.motivation.name}: {finding.what}")
    body = body_of(finding, fired)
    if await messages.notify(tx, fired.project_id, mate.id, subject=subject, body=body, about=fired.bead_created):
        fired.agent_woken = mate.id
    else:
        fired.error = fired.error or f"{mate.name} was not told: too many messages wait for it already."


def _tell(tx: AsyncSession, motivation: Motivation, fired: MotivationTrigger, actor: Actor) -> None:
    data = {
        "name": motivation.name, "condition": motivation.condition, "trigger_id": fired.id, "cause": fired.cause,
        "result": fired.result, "bead_id": fired.bead_created, "agent_id": fired.agent_woken, "error": fired.error,
    }  # fmt: skip
    append(tx, "motivation.fired", actor=actor, project_id=fired.project_id, subject_id=motivation.id, data=data)
